import HandlerKit

/// Rolls a die that everyone in the room sees: `{"type":"dice","sides":20}`.
struct Dice: Handler {
    static let name = "dice"  // in plugins.yaml
    static let summary = "Rolls a die that everyone in the room sees."
    static let types: MessageTypes = [
        MessageForm("dice", "Rolls a die.", ["sides": .optional(.integer("1 to max_sides; 6 when missing."))])
    ]
    static let sends = [
        MessageForm("dice", to: .room, "Somebody has rolled a die.", roll),
        MessageForm("dice", to: .sender, "The same for whoever rolled it.", roll),
    ]
    private static let roll: KeyValuePairs<String, Field> = [
        "user_name": .string("Who rolled it."), "sides": .integer("How many it has."),
        "result": .integer("1 to sides."),
    ]

    @Setting("Most sides that a die may have.", in: 1...1_000_000)
    var maxSides = 100  // max_sides in plugins.yaml

    @Setting("What every die shows, for tests; 0 leaves it to chance.", in: 0...1_000_000)
    var loaded = 0

    func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        let sides = try message.integer("sides") ?? 6
        guard (1...maxSides).contains(sides) else {
            throw Rejection(.invalidMessage, "A die has 1 to \(maxSides) sides")
        }
        let room = try context.room(of: message)
        let result = loaded > 0 ? min(loaded, sides) : Int.random(in: 1...sides)
        let roll: JSONMembers = ["user_name": context.sender.name, "sides": sides, "result": result]
        context.announce("dice", roll, in: room)
        context.reply("dice", roll)
        return .handled
    }
}
