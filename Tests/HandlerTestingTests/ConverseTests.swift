import HandlerTesting
import Handlers
import Testing

@Suite("A handler's conversations", .serialized)
struct ConverseTests {
    @Test("a roll is told to everyone")
    func rolls() throws {
        try converse(
            with: [Dice.self],
            """
            ada joins
            bob joins
            ada sends {"type":"dice"}
            bob gets {"type":"dice",...}
            ada gets {"type":"rolled","content":{"value":6},...}
            """)
    }

    @Test("a script from a file is held in memory and over sockets; timers go off in both")
    func file() async throws {
        try converse(with: [Dice.self], file: "dice.chat")
        for transport in ConversationTransport.allCases {
            try await converse(with: [Dice.self], over: transport, file: "dice.chat")
        }
    }

    private static let withLobby = """
        ada joins
        bob joins
        ada sends {"type":"get_users"}
        ada gets {"type":"users",...}
        bob leaves
        """

    @Test("with the lobby, joins and leaves take what it sends")
    func lobby() async throws {
        for transport in ConversationTransport.allCases {
            try await converse(with: [Lobby.self, Dice.self], over: transport, Self.withLobby)
        }
    }

    @Test("without the lobby, what is sent because somebody comes or goes is passed over, and nothing else")
    func noLobby() throws {
        try converse(with: [Greeter.self], "ada joins\nbob joins\nbob leaves\nada gets nothing")
        let failure = #expect(throws: ConversationFailure.self) {
            try converse(
                with: [Dice.self, Greeter.self], "ada joins\nbob joins\nada sends {\"type\":\"dice\"}\ncyd joins")
        }
        #expect(failure?.line == 4)
        #expect(failure?.message.contains("rolled") == true, "what waited before the join is still to be read")
    }

    @Test("what an AsyncHandler waits for is waited for, in memory and over sockets")
    func waits() async throws {
        let script = """
            ada joins
            3 times:
                ada sends {"type":"ask","question":"${n}","ref":${n}}
            3 times:
                ada gets {"type":"answer","content":{"text":"${n}"},"timestamp":NOW}
                ada gets {"type":"ack","ref":${n},"content":{},"timestamp":NOW}
            """
        try converse(with: [Oracle.self], script)
        try await converse(with: [Oracle.self], over: .socket, script)
    }

    @Test("a failure names the line, shows it, and says what came")
    func failure() {
        let failure = #expect(throws: ConversationFailure.self) {
            try converse(with: [Dice.self], "ada joins\nada sends {\"type\":\"dice\"}\nada gets {\"type\":\"die\",...}")
        }
        #expect(
            failure?.description == """
                script:3: ada: type: expected "die", got "rolled"
                  in {"type":"rolled","content":{"value":6},"timestamp":1767323045}
                  at ada gets {"type":"die",...}
                """)
    }

    @Test(
        "what cannot be set is said with its line",
        arguments: [
            ("plugins: dice.size = 2", "there is no setting dice.size; there are sides"),
            ("plugins: dice.sides = many", "dice.sides wants a whole number"),
            ("plugins: dice.sides = 0", "dice.sides must be 1 to 1000"),
            ("plugins: lobby.listed_users = 1", "lobby is not among the handlers: dice"),
            ("config: limits.max_users = 3", "there is no setting limits.max_users; there are"),
            ("config: limit.max_users = 3", "there is no group of settings limit"),
            ("transport: socket", "this script is for socket only"),
        ])
    func wrongHeader(header: String, message: String) {
        let failure = #expect(throws: ConversationFailure.self) {
            try converse(with: [Dice.self], "\(header)\nada joins")
        }
        #expect(failure?.line == 1)
        #expect(failure?.message.hasPrefix(message) == true, "\(failure?.message ?? "")")
    }

    @Test("a handler whose partner is missing is refused")
    func partner() throws {
        #expect(throws: ConversationFailure.self) { try converse(with: [Greeter.self, Needy.self], "ada joins") }
        try converse(with: [Dice.self, Needy.self], "ada joins")
    }
}

/// Greets in a way of its own.
private struct Greeter: Handler {
    static let name = "greeter"
    static let summary = "Greets."
    static let types: MessageTypes = ["greet"]
    func admitted(_ context: inout Context) {
        context.reply("hello", ["name": context.sender.name])
        context.announce("came", ["name": context.sender.name])
    }
    func left(_ context: inout Context) { context.announce("went", ["name": context.sender.name]) }
}

private struct Needy: Handler {
    static let name = "needy"
    static let summary = "Can't do without dice."
    static let types: MessageTypes = ["need"]
    static let needs = ["dice"]
}
