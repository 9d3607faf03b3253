import Handlers
import TestSupport
import Testing

@Suite("timeouts.message: what has begun comes to its end within 30 s")
struct SlowMessageTests {
    private let server = EmbeddedServer([Broadcast.self])
    private static let post = ClientFrame.text(#"{"type":"message","content":"slow","ref":1}"#)

    private static let drips: [[UInt8]] = [
        post, (0..<60).flatMap { ClientFrame.frame($0 == 0 ? 0x01 : 0x00, []) },
        (0..<60).flatMap { ClientFrame.frame($0 == 0 ? 0x01 : 0x00, [0x20]) + ClientFrame.ping() },
        [0x89, 0xFD] + [UInt8](repeating: 0, count: 60),
    ]

    @Test(
        "a byte a second does not keep a message open, in one frame or in many, also with pings between",
        arguments: drips)
    func drip(bytes: [UInt8]) throws {
        let client = try server.open()
        for byte in bytes.prefix(30) {
            #expect(server.usersOnline == 1)
            try client.send([byte])
            server.pass(.seconds(1))
        }
        let frames = client.frames().filter { $0.opcode != 10 }
        #expect(try frames.first.map { try Said($0.text).code } == "bad_messages")
        #expect(frames.map(\.closeCode) == [nil, 1008])
        #expect(server.usersOnline == 0)
    }

    @Test("a client whose messages end in time may go on for ever, whatever part of the next stands in the same read")
    func goesOn() throws {
        let client = try server.open()
        let half = Self.post.count / 2
        try client.send(Array(Self.post[..<half]))
        for _ in 0..<10 {
            server.pass(.seconds(29))
            try client.send(Array(Self.post[half...] + Self.post[..<half]))
            #expect(try client.said().map(\.type) == ["ack"])
        }
        #expect(server.usersOnline == 1)
    }

    @Test("silence between messages is no message")
    func silence() throws {
        let client = try server.open()
        try client.send(Self.post)
        for _ in 0..<10 {
            server.pass(.seconds(25))
            try client.send(ClientFrame.pong())
        }
        #expect(server.usersOnline == 1)
    }

    @Test("a message whose client was behind in reading meanwhile has its time from when it has caught up")
    func behind() throws {
        let (client, other) = (try server.open(), try server.open())
        try client.send(Array(Self.post.prefix(9)))
        server.pass(.seconds(24))
        try other.send(ClientFrame.pong())
        client.stall()
        try other.send(Self.post)
        server.pass(.seconds(8))
        client.resume()
        server.pass(.seconds(1))
        #expect(server.usersOnline == 2)
        client.forget()
        try client.send(Array(Self.post.dropFirst(9)))
        #expect(try client.said().map(\.type) == ["ack"])
    }

    @Test("what could not be read, because the client was held, has its time from when it can be")
    func held() throws {
        let server = EmbeddedServer([Slow.self], limits: ["max_waiting_messages": "1"])
        let client = try server.open()
        let slow = ClientFrame.text(#"{"type":"slow"}"#)
        try client.send(slow + slow + slow + [0x81])
        server.pass(.seconds(29))
        for _ in 0..<3 {
            server.work.answer()
            server.turn()
        }
        server.pass(.seconds(29))
        try client.send([0x80, 0, 0, 0, 0])
        #expect(server.usersOnline == 1)
    }
}
