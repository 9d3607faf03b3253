import HandlerKit

/// Posts a message to everyone else in its room (P2, P10, P21).
public struct Broadcast: Handler {
    public static let name = "broadcast"
    public static let summary = "Posts messages to everyone else in the room."
    public static let types: MessageTypes = ["message"]

    public init() {}

    public func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        if let content = try message.text("content") { context.post("message", content) }
        return .handled
    }
}
