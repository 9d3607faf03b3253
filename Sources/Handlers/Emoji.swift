import HandlerKit

/// Puts emoji in the place of their short codes in what people write to one another (P39).
public struct Emoji: Handler {
    public static let name = "emoji"
    public static let summary = "Puts emoji in the place of their short codes, except in code and links."
    public static let types = MessageTypes.passing(
        MessageForm("message", "Short codes in it become emoji.", ["content": .string("Such as \"Hi :wave:\".")]),
        MessageForm("private_message", "The same.", ["content": .string("The same.")]))

    /// Made together with the handler, so that no message waits for it.
    private let table = EmojiTable.shared

    public init() {}

    public func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        // What is wrong with a content is said by the handler that takes the message, when its turn comes.
        guard let text = try? message.text("content") else { return .pass }
        if let changed = text.withBytes({ EmojiText.replacingCodes(in: $0, table: table) }) {
            message.replace("content", with: JSONRaw(verbatim: changed))
        }
        return .pass
    }
}
