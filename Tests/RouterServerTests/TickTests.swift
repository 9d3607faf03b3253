import HandlerKit
import Handlers
import NIOCore
import TestSupport
import Testing
import RouterCore

@Suite("What a turn brings leaves in one write per member")
struct TickTests {
    private let server = EmbeddedServer([Lobby.self, Broadcast.self])

    @Test("three posts of one turn reach every other member in one write")
    func threePosts() throws {
        let senders = [try server.open(), try server.open(), try server.open()]
        let others = [try server.open(), try server.open()]
        for client in senders + others { client.forget() }
        for (index, sender) in senders.enumerated() {
            try sender.send(ClientFrame.text(#"{"type":"message","content":"\#(index)"}"#), turning: false)
        }
        #expect(others.allSatisfy { $0.writes().isEmpty })
        server.turn()
        let writes = others.map { $0.writes() }
        #expect(writes.map(\.count) == [1, 1])
        var bytes = writes[0][0]
        let said = try ServerFrame.take(from: &bytes).map { try Said($0.text).contentText }
        #expect(said == ["0", "1", "2"])
        // And they are the same bytes, not a copy each.
        #expect(Set(writes.map { $0[0].withUnsafeReadableBytes { $0.baseAddress } }).count == 1)
        #expect(senders.map { $0.writes().count } == [1, 1, 1])
    }

    @Test("three posts that arrive in one read leave in one write, and their sender gets none")
    func threeInOneRead() throws {
        let (sender, other) = (try server.open(), try server.open())
        sender.forget()
        let frames = (0..<3).flatMap { ClientFrame.text(#"{"type":"message","content":"\#($0)"}"#) }
        try sender.send(frames)
        #expect(other.writes().count == 1)
        #expect(sender.writes().isEmpty)
    }

    @Test("the answer to a handshake, the welcome, and all that follows in its turn is one write")
    func welcome() throws {
        let (first, newcomer) = (try server.open(), try server.connect())
        try newcomer.send(EmbeddedClient.upgrade, turning: false)
        try first.send(ClientFrame.text(#"{"type":"message","content":"hi"}"#), turning: false)
        server.turn()
        let writes = newcomer.writes()
        #expect(writes.count == 1)
        var bytes = writes.first ?? ByteBuffer()
        #expect(bytes.readHTTPHead().hasPrefix("HTTP/1.1 101 "))
        #expect(try ServerFrame.take(from: &bytes).map { try Said($0.text).type } == ["welcome", "users", "message"])
    }

    @Test("a connection that ends while a turn is delivered leaves its number to nobody who comes before the next turn")
    func numberNotReusedTooEarly() throws {
        let server = EmbeddedServer([Farewell.self, Broadcast.self])
        let (sender, broken) = (try server.open(), try server.open())
        broken.socket.isBroken = true
        try sender.send(ClientFrame.text(#"{"type":"message","content":"hi"}"#), turning: false)
        var newcomer: EmbeddedClient?
        server.afterwards {
            newcomer = try? server.connect()
            try? newcomer?.send(EmbeddedClient.upgrade, turning: false)
        }
        server.turn()
        #expect(!broken.isOpen)
        #expect(newcomer?.http().hasPrefix("HTTP/1.1 101 ") == true)
        #expect(newcomer?.frames() == [])
        #expect(server.usersOnline == 2)
    }

    @Test("a turn that has collected 8 MiB ends early, so that what it holds is bounded")
    func earlyEnd() throws {
        let echo = EmbeddedServer([Echo.self], limits: ["max_message_bytes": "1 MiB"])
        let clients = try (0..<9).map { _ in try echo.open() }
        for client in clients {
            client.forget()
            try client.send(ClientFrame.frame(0x81, [UInt8](repeating: 0x61, count: (1 << 20) - 6)), turning: false)
        }
        #expect(clients.map { $0.writes().count } == [1, 1, 1, 1, 1, 1, 1, 1, 0])
        echo.turn()
        #expect(clients[8].writes().count == 1)
    }

    @Test("a client whose messages cause 64 KiB of answers in a turn waits with its next message for the next turn")
    func held() throws {
        let echo = EmbeddedServer([Echo.self], limits: ["max_message_bytes": "64 KiB"])
        let client = try echo.open()
        client.forget()
        let message = ClientFrame.frame(0x81, [UInt8](repeating: 0x61, count: 40 << 10))
        try client.send(message + message + message + message + message)
        #expect(client.writes().map { $0.readableBytes >> 10 } == [80, 80, 40])
    }

    @Test("a held client is not read from, and its next message is not handled, until it takes what it caused")
    func heldWhileBehind() throws {
        let echo = EmbeddedServer([Echo.self], limits: ["max_message_bytes": "64 KiB"])
        let client = try echo.open()
        client.forget()
        let message = ClientFrame.frame(0x81, [UInt8](repeating: 0x61, count: 64 << 10))
        try client.send(message + message, turning: false)
        client.stall()
        echo.turn()
        #expect(client.writes().isEmpty)
        client.resume()
        echo.turn()
        #expect(client.writes().map { $0.readableBytes >> 10 } == [64, 64])
    }

    @Test("of what a held client has sent 512 KiB are kept; past that it is closed with 1008")
    func unread() throws {
        let echo = EmbeddedServer([Echo.self], limits: ["max_message_bytes": "64 KiB"])
        let message = ClientFrame.frame(0x81, [UInt8](repeating: 0x61, count: 60 << 10))
        for (more, code) in [(6, 1000), (9, 1008)] {
            let client = try echo.open()
            try client.send(message + message, turning: false)
            client.stall()
            echo.turn()
            for _ in 0..<more { try client.send(message) }
            client.finishSending()
            client.resume()
            let frames = client.frames()
            #expect(frames.count == (code == 1000 ? more + 3 : 3) && frames.last?.closeCode == code)
        }
    }

    @Test("what a connection still said when it broke in the middle of its turn harms nobody who comes next")
    func brokenInItsOwnTurn() throws {
        let echo = EmbeddedServer([Echo.self], limits: ["max_message_bytes": "1 MiB"])
        let broken = try echo.open()
        broken.socket.isBroken = true
        var newcomer: EmbeddedClient?
        echo.afterwards {
            newcomer = try? echo.connect()
            try? newcomer?.send(EmbeddedClient.upgrade + ClientFrame.text("hi"), turning: false)
        }
        let text = ClientFrame.frame(0x81, [UInt8](repeating: 0x61, count: (1 << 20) - 6))
        try broken.send((0..<9).flatMap { _ in text } + ClientFrame.close())
        #expect(!broken.isOpen)
        #expect(newcomer?.http().hasPrefix("HTTP/1.1 101 ") == true)
        #expect(newcomer?.frames().map(\.text) == ["Echo: hi"])
        #expect(newcomer?.isOpen == true)
        #expect(echo.usersOnline == 1)
    }
}

/// Says good-bye to whoever leaves, which nobody should ever hear.
private struct Farewell: Handler {
    static let name = "farewell"
    static let summary = ""
    static let types: MessageTypes = ["farewell"]
    mutating func left(_ context: inout Context) { context.reply("bye", [:]) }
}
