import Handlers
import TestSupport
import Testing

@Suite("Clients that do not read")
struct BackpressureTests {
    private let server = EmbeddedServer(
        [Lobby.self, Broadcast.self], limits: ["max_outbox_bytes": "64 KiB", "max_message_bytes": "64 KiB"])

    private func post(_ bytes: Int, from client: EmbeddedClient) throws {
        try client.send(#"{"type":"message","content":"\#(String(repeating: "x", count: bytes))"}"#)
    }

    @Test("reading pauses while a client is behind, and goes on when it has caught up")
    func pause() throws {
        let (client, other) = (try server.open(), try server.open())
        client.askToRead()
        let before = client.socket.reads
        client.stall()
        try post(10, from: other)
        client.askToRead()
        client.askToRead()
        #expect(client.socket.reads == before)
        client.resume()
        #expect(client.socket.reads == before + 1)
        client.askToRead()
        #expect(client.socket.reads == before + 2)
    }

    @Test("a client that takes nothing for 10 s is closed with 4103; the others get its leave")
    func stall() throws {
        let (slow, other) = (try server.open(), try server.open())
        slow.stall()
        try post(1_000, from: other)
        server.pass(.milliseconds(9_999))
        #expect(server.usersOnline == 2)
        server.pass(.milliseconds(1))
        #expect(server.usersOnline == 1)
        #expect(try other.said().map(\.type) == ["leave"])
        slow.resume()
        #expect(slow.frames().last?.closeCode == 4103)
        server.pass(.seconds(5))
        #expect(!slow.isOpen)
    }

    @Test("a client that sends nothing more and is behind gets all that waits for it, and the close")
    func endBehind() throws {
        let (slow, other) = (try server.open(), try server.open())
        slow.stall()
        for _ in 0..<3 { try post(1_000, from: other) }
        slow.finishSending()
        #expect(slow.isOpen)
        slow.resume()
        #expect(slow.frames().map { $0.closeCode ?? 0 } == [0, 0, 0, 1000])
        #expect(!slow.isOpen)
    }

    @Test("a client that closes in the turn in which it is sent too much is told that it did not get everything")
    func closeWithTooMuch() throws {
        let (slow, other) = (try server.open(), try server.open())
        slow.stall()
        try post(10, from: other)
        for _ in 0..<2 {
            let content = String(repeating: "x", count: 40_000)
            try other.send(ClientFrame.text(#"{"type":"message","content":"\#(content)"}"#), turning: false)
        }
        try slow.send(ClientFrame.close(1000), turning: false)
        server.turn()
        slow.resume()
        #expect(slow.frames().map { $0.closeCode ?? 0 } == [0, 4103])
    }

    @Test("a client that takes a little every 9 s is slow, but stays")
    func slowButAlive() throws {
        let (slow, other) = (try server.open(), try server.open())
        slow.stall()
        for _ in 0..<5 {
            try post(1_000, from: other)
            server.pass(.seconds(9))
            slow.takeSome()
            try other.send(ClientFrame.pong())
        }
        #expect(server.usersOnline == 2)
        try post(1_000, from: other)
        server.pass(.seconds(10))
        #expect(server.usersOnline == 1)
    }

    @Test("over max_outbox_bytes of waiting bytes a client is closed with 4103, and gets nothing of what was too much")
    func outbox() throws {
        let (slow, other) = (try server.open(), try server.open())
        slow.stall()
        for _ in 0..<6 { try post(10_000, from: other) }
        #expect(server.usersOnline == 2)
        try post(10_000, from: other)
        #expect(server.usersOnline == 1)
        slow.resume()
        #expect(slow.frames().map(\.closeCode) == [nil, nil, nil, nil, nil, nil, 4103])
        #expect(server.recorder.lines.last?.hasSuffix("left: closed with 4103, Reads too slowly, 1 online") == true)
    }

    @Test("a client that reads gets as much at once as there is")
    func noLimitForReaders() throws {
        let (reader, other) = (try server.open(), try server.open())
        let post = ClientFrame.text(#"{"type":"message","content":"\#(String(repeating: "x", count: 60_000))"}"#)
        try other.send(post + post + post)
        #expect(try reader.said().count == 3)
    }

    @Test("while a client is behind no pong is due: it could not be read")
    func noPongWhileStalled() throws {
        let (slow, other) = (try server.open(), try server.open())
        server.pass(.seconds(24))
        slow.stall()
        for _ in 0..<2 { try post(10, from: other) }
        for _ in 0..<4 {
            server.pass(.seconds(9))
            try other.send(ClientFrame.pong())
            for _ in 0..<2 { try post(10, from: other) }
            slow.takeSome()
        }
        #expect(server.usersOnline == 2)
        #expect(!slow.frames().contains { $0.opcode == 9 })
        slow.resume()
        server.pass(.milliseconds(1))
        #expect(slow.frames().contains { $0.opcode == 9 })
    }

    @Test("a pong that was due while the client was behind has its full time from when reading goes on")
    func pongAfterStall() throws {
        let (client, other) = (try server.open(), try server.open())
        server.pass(.seconds(25))
        #expect(client.frames().map(\.opcode) == [9])
        try other.send(ClientFrame.pong())
        server.pass(.seconds(8))
        client.stall()
        try post(10, from: other)
        server.pass(.seconds(8))
        client.resume()
        server.pass(.milliseconds(9_999))
        #expect(client.isOpen && client.frames().map(\.opcode) == [1])
        server.pass(.milliseconds(1))
        #expect(client.frames().last?.closeCode == 4104)
    }
}
