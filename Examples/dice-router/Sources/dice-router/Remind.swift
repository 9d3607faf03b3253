import HandlerKit

/// Reminds its sender of something later: `{"type":"remind","text":"tea","seconds":180}`.
struct Remind: Handler {
    static let name = "remind"
    static let summary = "Reminds users of what they want to be reminded of."
    static let types: MessageTypes = [
        MessageForm(
            "remind", "Asks for a reminder, in place of the one before.",
            ["text": .string("Of what."), "seconds": .integer("When, from now.")])
    ]
    static let sends = [
        MessageForm("reminder", to: .sender, "It is time.", ["text": .string("As it was asked for.")])
    ]

    @Setting("Longest time until a reminder.", in: .seconds(1)...(.seconds(86_400)))
    var longest: Duration = .seconds(3_600)

    private var texts = PerSession("")  // a value for each user who is connected

    mutating func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        let most = longest.milliseconds / 1_000
        guard let text = try message.string("text"), let seconds = try message.integer("seconds"),
            (1...most).contains(seconds)
        else { throw Rejection(.invalidMessage, "A reminder needs a text, and seconds from 1 to \(most)") }
        texts[context.sender] = text
        context.wake(after: .seconds(seconds))
        return .handled
    }

    mutating func woken(_ context: inout Context) {
        context.reply("reminder", ["text": texts[context.sender]])
        texts.remove(context.sender)
    }

    mutating func left(_ context: inout Context) { texts.remove(context.sender) }
}
