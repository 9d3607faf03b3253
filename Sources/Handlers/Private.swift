import HandlerKit

/// Sends a message to one user, with a receipt to its sender (P3, P11, P12, P20, P21).
public struct Private: Handler {
    public static let name = "private"
    public static let summary = "Sends private messages from one user to another."
    public static let types: MessageTypes = ["private_message"]

    public init() {}

    public func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        guard let id = try message.id("to_id"), let receiver = context.users[id] else {
            throw Rejection(.userNotFound, "User not found or offline")
        }
        if let content = try message.text("content") { context.sendPrivately(to: receiver, content) }
        return .handled
    }
}
