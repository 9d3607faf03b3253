import HandlerKit

/// Posts a picture, by its address, to everyone else in the room (P38).
public struct Image: Handler {
    public static let name = "image"
    public static let summary = "Posts pictures, by their addresses, to everyone else in the room."
    public static let types: MessageTypes = [
        MessageForm(
            "image", "A picture for everyone else in the room.",
            [
                "url": .string("Absolute, http or https, without credentials, at most 2,048 bytes."),
                "room": .optional(.string("Which of the sender's rooms; the one joined last when missing.")),
            ])
    ]
    public static let sends = [
        MessageForm("image", to: .room, "A picture.", ["url": .string("Where it is to be found.")])
    ]

    public init() {}

    public func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        guard let url = try message.string("url"), ImageURL.isAllowed(url) else {
            throw Rejection(.invalidURL, "Invalid image URL")
        }
        context.post("image", ["url": url] as JSONMembers)
        return .handled
    }
}
