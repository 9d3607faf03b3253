import HandlerKit

/// Refuses messages that are all capitals.
struct Quiet: Handler {
    static let name = "quiet"
    static let summary = "Refuses messages that are all capitals."
    static let types = MessageTypes.passing("message")  // it looks at them on their way to broadcast

    @Setting("Letters from which on capitals count as shouting.", in: 1...1_000)
    var letters = 8

    func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        let text = try message.string("content") ?? ""
        let shouts = text.filter(\.isLetter).count >= letters && text == text.uppercased()
        guard !shouts else { throw Rejection(.invalidMessage, "Please don't shout") }
        return .pass
    }
}
