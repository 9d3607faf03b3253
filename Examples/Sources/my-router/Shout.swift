import HandlerKit

/// Lets a user shout: everyone else on the server is told, in capitals.
struct Shout: Handler {
    static let name = "shout"
    static let summary = "Lets users shout to everyone on the server."
    static let types: MessageTypes = ["shout"]

    @Setting("Longest shout, in characters.", in: 1...1_000)
    var maxLength = 40

    func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        guard let text = try message.string("content"), (1...maxLength).contains(text.count) else {
            throw Rejection(.invalidMessage, "A shout has 1 to \(maxLength) characters")
        }
        context.announce("shout", ["text": text.uppercased()])
        context.reply("shouted", ["listeners": context.users.count - 1])
        return .handled
    }
}
