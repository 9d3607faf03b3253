import Handlers
import NIOCore
import TestSupport
import Testing

@Suite("max_outbox_bytes to the byte")
struct OutboxLimitTests {
    /// How many bytes a post takes up on the wire, whose content has so many.
    private static func bytes(of content: Int, _ server: EmbeddedServer) throws -> Int {
        let (sender, receiver) = (try server.open(), try server.open())
        defer {
            sender.disconnect()
            receiver.disconnect()
        }
        try sender.send(post(content))
        return receiver.writes().reduce(0) { $0 + $1.readableBytes }
    }

    private static func post(_ content: Int) -> String {
        #"{"type":"message","content":"\#(String(repeating: "x", count: content))"}"#
    }

    @Test("as many bytes may wait for a client, and not one more", arguments: [0, 1])
    func exact(more: Int) throws {
        let server = EmbeddedServer([Broadcast.self], limits: ["max_outbox_bytes": "64 KiB"])
        let around = try Self.bytes(of: 9_000, server) - 9_000
        let (slow, other) = (try server.open(), try server.open())
        slow.stall()
        var rest = 64 << 10
        while rest > 2 * (9_000 + around) {
            try other.send(Self.post(9_000))
            rest -= 9_000 + around
        }
        #expect(server.usersOnline == 2)
        for content in [rest / 2 - around, rest - rest / 2 - around + more] { try other.send(Self.post(content)) }
        #expect(server.usersOnline == 2 - more)
    }
}
