import HandlerKit

/// Says whether a number is prime: `{"type":"prime","number":97}`. Large ones are worked on beside the router.
struct Prime: AsyncHandler {
    static let name = "prime"
    static let summary = "Says whether a number is prime."
    static let types: MessageTypes = [
        MessageForm("prime", "Asks about a number.", ["number": .integer("2 to 10,000,000,000.")])
    ]
    static let sends = [
        MessageForm("prime", to: .sender, "The answer.", ["is_prime": .bool("Whether it is.")])
    ]

    func work(for message: Message, _ context: borrowing Context) throws -> Work<Bool> {
        guard let number = try message.integer("number"), (2...10_000_000_000).contains(number) else {
            throw Rejection(.invalidMessage, "A number from 2 to 10,000,000,000 is required")
        }
        return number < 10_000 ? .ready(Self.isPrime(number)) : .waiting { Self.isPrime(number) }
    }

    func handle(_ message: inout Message, _ isPrime: Bool, _ context: inout Context) throws -> Flow {
        context.reply("prime", ["is_prime": isPrime])
        return .handled
    }

    private static func isPrime(_ number: Int) -> Bool {
        !(2...number).lazy.prefix { $0 * $0 <= number }.contains { number.isMultiple(of: $0) }
    }
}
