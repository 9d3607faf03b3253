import HandlerKit

/// Rolls a die for everyone, as an author's handler would.
struct Dice: Handler {
    static let name = "dice"
    static let summary = "Rolls a die for everyone on the server."
    static let types: MessageTypes = [MessageForm("dice", "Rolls.", ["note": .optional(.string("What is at stake."))])]
    static let sends = [
        MessageForm(
            "dice", to: .everyone, "A roll.", ["value": .integer("1 or more."), "note": .string("See above.")]),
        MessageForm("rolled", to: .sender, "The same.", ["value": .integer("1 or more.")]),
        MessageForm("again", to: .sender, "It may roll again.", content: .bool("Always true.")),
    ]

    @Setting("How many sides the die has.", in: 1...1_000)
    var sides = 6

    init() {}

    func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        let note = try message.string("note") ?? ""
        context.announce("dice", ["value": sides, "note": note])
        context.reply("rolled", ["value": sides])
        context.wake(after: .seconds(5))
        return .handled
    }

    func woken(_ context: inout Context) { context.reply("again", true) }
}

/// Answers when somebody else has found out.
struct Oracle: AsyncHandler {
    struct Silent: Error {}
    static let name = "oracle"
    static let summary = "Answers questions, after a while."
    static let types: MessageTypes = [
        MessageForm(
            "ask", "Asks.", ["question": .string("What about."), "at_once": .optional(.bool("Without a wait."))])
    ]
    static let sends = [MessageForm("answer", to: .sender, "What it says.", ["text": .string("The answer.")])]

    init() {}

    func work(for message: Message, _ context: borrowing Context) throws -> Work<String> {
        guard let question = try message.string("question") else { throw Rejection.invalidMessage }
        if try message.bool("at_once") == true { return .ready(question) }
        return .waiting {
            await Task.yield()
            return question
        }
    }

    func handle(_ message: inout Message, _ answer: String, _ context: inout Context) throws -> Flow {
        context.reply("answer", ["text": answer])
        return .handled
    }
}
