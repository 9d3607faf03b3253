import HandlerKit

/// Posts a message to everyone else in its room (P2, P10, P21).
public struct Broadcast: Handler {
    public static let name = "broadcast"
    public static let summary = "Posts messages to everyone else in the room."
    public static let types: MessageTypes = [
        MessageForm(
            "message", "Posts a text to everyone else in a room.",
            [
                "content": .optional(.string("The text; nothing is posted when it is missing or empty.")),
                "room": .optional(.string("One that the sender is in; the one joined last when missing.")),
            ])
    ]
    public static let sends = [
        MessageForm(
            "message", to: .room, "A post, with its `id` and `room` beside `content`.", content: .string("The text."))
    ]

    public init() {}

    public func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        if let content = try message.text("content") { context.post("message", content) }
        return .handled
    }
}
