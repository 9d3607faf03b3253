import HandlerKit

/// Sends a message to one user, with a receipt to its sender (P3, P11, P12, P20, P21).
public struct Private: Handler {
    public static let name = "private"
    public static let summary = "Sends private messages from one user to another."
    public static let types: MessageTypes = [
        MessageForm(
            "private_message", "Tells one user a text, and nobody else.",
            [
                "to_id": .id("The user, who has to be online."),
                "content": .optional(.string("The text; nothing is sent when it is missing or empty.")),
            ])
    ]
    public static let sends = [
        MessageForm(
            "private_message", to: .user, "A text for this user alone, with its `id` beside `content`.",
            content: .string("The text.")),
        MessageForm(
            "private_message_sent", to: .sender,
            "The receipt of a private message, with the same `id`, and with `to_id` and `to_name` for `from_id` and `from_name`.",
            content: .string("The text.")),
    ]

    public init() {}

    public func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        guard let id = try message.id("to_id"), let receiver = context.users[id] else {
            throw Rejection(.userNotFound, "User not found or offline")
        }
        if let content = try message.text("content") { context.sendPrivately(to: receiver, content) }
        return .handled
    }
}
