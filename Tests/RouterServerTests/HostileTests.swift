import HandlerKit
import Handlers
import TestSupport
import Testing

@Suite("Whatever clients send and do, nobody else is harmed")
struct HostileTests {
    @Test("a witness sees true presence, is answered, and in the end is alone", arguments: 0..<30)
    func random(seed: UInt64) throws {
        var mob = try Mob(seed: seed)
        for _ in 0..<250 {
            try mob.act()
            try mob.checkWitness()
        }
        try mob.disperse()
    }
}

/// Clients that do what they should not, and one that watches.
private struct Mob {
    // The witness shows that it is there more often than any client needs to.
    private let server = EmbeddedServer(
        [Lobby.self, Rename.self, Private.self, Broadcast.self, Fragile.self],
        limits: [
            "max_control_frames": "1000000",
            "max_connections": "8", "max_bad_messages": "5", "max_frame_bytes": "16 KiB", "max_outbox_bytes": "64 KiB",
        ])
    private let witness: EmbeddedClient
    private var clients: [EmbeddedClient] = []
    private var random: Seeded
    private var online = 1

    init(seed: UInt64) throws {
        random = Seeded(seed)
        witness = try server.open()
    }

    mutating func act() throws {
        guard let client = clients.randomElement(using: &random), !random.happens(1, in: 8) else {
            clients.append(try random.happens(1, in: 4) ? server.connect() : server.open(forgetting: false))
            return
        }
        switch Int.random(in: 0..<16, using: &random) {
        case 0: client.disconnect()
        case 1: client.stall()
        case 2, 3: client.resume()
        case 4: server.pass(.seconds(Int.random(in: 0...8, using: &random)))
        case 5: client.socket.isBroken = true
        case 6: client.askToRead()
        default: try client.send(bytes(), turning: random.happens(3, in: 4))
        }
        clients.removeAll { !$0.isOpen }
    }

    private static let messages = [
        #"{"type":"message","content":"hi"}"#, #"{"type":"set_name","name":"Ada"}"#, #"{"type":"get_users"}"#,
        #"{"type":"private_message","to_id":1,"content":"psst"}"#, #"{"type":"break"}"#, #"{"type":{}}"#, "5", "[[[[",
        "",
        #"{"type":"message","content":"\#(String(repeating: "x", count: 9_000))"}"#,
    ]

    /// A good message, a part of one, one with a byte changed, or noise.
    private mutating func bytes() -> [UInt8] {
        var bytes = ClientFrame.text(Self.messages.randomElement(using: &random) ?? "")
        switch Int.random(in: 0..<10, using: &random) {
        case 0: bytes = Array(bytes.prefix(Int.random(in: 1...bytes.count, using: &random)))
        case 1: bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 2:
            bytes = (0..<Int.random(in: 1...40, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        case 3: bytes = ClientFrame.close()
        case 4: bytes = ClientFrame.ping()
        default: break
        }
        return bytes
    }

    /// The witness stays alive, hears of everybody who comes and goes, and gets its answers.
    mutating func checkWitness() throws {
        server.turn()
        try witness.send(ClientFrame.pong())
        try witness.send(#"{"type":"get_stats","ref":1}"#)
        let said = try witness.said()
        for one in said where one.type == "join" || one.type == "leave" {
            online += one.type == "join" ? 1 : -1
            #expect(one.content["users_online"] as? Int == online)
        }
        #expect(online == server.usersOnline)
        #expect(said.last?.type == "ack" || said.last?.code == "rate_limited")
        #expect(!said.contains { $0.type == "message" && $0["from_id"] as? Int == 1 })
    }

    mutating func disperse() throws {
        for client in clients { client.disconnect() }
        try checkWitness()
        #expect(server.usersOnline == 1)
        #expect(witness.isOpen)
    }
}

/// Breaks.
private struct Fragile: Handler {
    struct Broken: Error {}
    static let name = "fragile"
    static let summary = ""
    static let types: MessageTypes = ["break"]
    func handle(_ message: inout Message, _ context: inout Context) throws -> Flow { throw Broken() }
}
