import HandlerKit
import Handlers
import NIOCore
import RouterCore
import TestSupport
import Testing

@Suite("A client whose message waits in a handler")
struct WaitingTests {
    private let server = EmbeddedServer([Slow.self, Broadcast.self])

    private func message(_ number: Int, type: String = "slow") -> [UInt8] {
        ClientFrame.text(#"{"type":"\#(type)","content":"\#(number)","ref":\#(number)}"#)
    }

    private func refs(_ client: EmbeddedClient) throws -> [Int?] { try client.said().map { $0["ref"] as? Int } }

    @Test(
        "1,000 messages: one waits, 16 behind it, the rest is not read; others go on; all are answered once, in order",
        arguments: [1, 7, 1_000])
    func thousand(perRead: Int) throws {
        let (sender, other) = (try server.open(), try server.open())
        let bytes = (0..<1_000).map { message($0, type: $0 % 3 == 0 ? "slow" : "message") }
        var sent = 0
        func sendWhatIsRead() throws {
            sender.askToRead()
            while sent < 1_000, sender.socket.takeRead() {
                let next = min(1_000, sent + perRead)
                try sender.send(bytes[sent..<next].flatMap { $0 })
                sent = next
                sender.askToRead()  // as the event loop does when a read has come to its end
            }
        }
        try sendWhatIsRead()
        #expect(sent == (perRead == 1 ? 17 : perRead == 7 ? 21 : 1_000))
        #expect(server.work.waiting.count == 1)
        #expect(try sender.said().isEmpty)
        try other.send(#"{"type":"message","content":"hi","ref":"hi"}"#)
        #expect(try other.said().map(\.ref) == ["hi"])
        #expect(try sender.said().map(\.contentText) == ["hi"])
        var answered: [Int?] = []
        var heard: [String?] = []
        for _ in 0..<400 {
            server.work.answer()
            server.turn()
            #expect(server.work.waiting.count <= 1)
            try sendWhatIsRead()
            answered += try refs(sender)
            heard += try other.said().map(\.contentText)
        }
        #expect(answered == Array(0..<1_000))
        #expect(heard == (0..<1_000).map { "\($0)" })
    }

    @Test("while nothing is read no pong is due, and none was missed: it is pinged anew, 25 s after reading went on")
    func pongTimer() throws {
        let client = try server.open()
        server.pass(.seconds(25))
        #expect(client.frames().map(\.opcode) == [9])
        server.pass(.seconds(5))
        try client.send((0..<17).flatMap { message($0) })
        server.pass(.seconds(24))
        #expect(client.isOpen && client.frames().isEmpty)
        server.work.answer()
        server.turn()
        #expect(client.frames().map(\.opcode) == [1])
        server.pass(.milliseconds(24_999))
        #expect(client.frames().isEmpty)
        server.pass(.milliseconds(1))
        #expect(client.frames().map(\.opcode) == [9])
        server.pass(.milliseconds(4_999))  // 29,999 ms after the second one began to wait
        #expect(client.isOpen && client.frames().isEmpty)
        server.pass(.milliseconds(5_001))
        #expect(client.frames().last?.closeCode == 4104)
    }

    @Test("with fewer behind it, the client is read, and pinged, as ever")
    func stillRead() throws {
        let client = try server.open()
        try client.send((0..<16).flatMap { message($0) })
        try client.send(ClientFrame.ping("x"))
        #expect(client.frames().map(\.text) == ["x"])
        server.pass(.seconds(25))
        #expect(client.frames().map(\.opcode) == [9])
        server.pass(.seconds(5))
        try client.send(ClientFrame.pong())
        #expect(client.frames().count == 1)
    }

    @Test("its close waits behind its messages, however long that takes, and is answered when they are")
    func close() throws {
        let (client, other) = (try server.open(), try server.open())
        try client.send(message(1) + message(2, type: "message") + ClientFrame.close(3_333) + message(3))
        server.pass(.seconds(20))
        #expect(client.isOpen && client.frames().isEmpty && server.usersOnline == 2)
        server.work.answer()
        server.turn()
        let frames = client.frames()
        #expect(frames.map(\.closeCode) == [nil, nil, 3_333])
        #expect(!client.isOpen)
        #expect(try other.said().map(\.contentText) == ["1", "2"])
        #expect(server.usersOnline == 1)
    }

    @Test("a close that comes while nothing is read is answered in its turn too")
    func closeBehindFull() throws {
        let client = try server.open()
        try client.send((0..<40).flatMap { message($0) } + ClientFrame.close(3_333))
        for _ in 0..<40 {
            server.work.answer()
            server.turn()
        }
        #expect(client.frames().map(\.closeCode) == Array(repeating: nil, count: 40) + [3_333])
        #expect(!client.isOpen)
    }

    @Test("a client that has sent its last byte gets all its answers, and then the end", arguments: [3, 40])
    func halfClose(count: Int) throws {
        let client = try server.open()
        try client.send((0..<count).flatMap { message($0) })
        client.finishSending()
        for number in 0..<count {
            #expect(client.isOpen)
            server.pass(.seconds(6))
            server.work.answer()
            server.turn()
            #expect(try client.frames().filter { $0.opcode == 1 }.map { try Said($0.text)["ref"] as? Int } == [number])
        }
        #expect(!client.isOpen)
        #expect(server.usersOnline == 0)
    }

    @Test("what NIO still reads when the client has gone away is kept in order, and no longer than the connection")
    func readWhileHeld() throws {
        let (client, other) = (try server.open(), try server.open())
        for number in 0..<300 { try client.send(message(number)) }
        #expect(server.work.waiting.count == 1)
        for number in 0..<300 {
            server.work.answer()
            server.turn()
            #expect(try refs(client) == [number])
        }
        client.disconnect()
        #expect(try other.said().map(\.contentText) == (0..<300).map { "\($0)" })
    }

    @Test("when its socket is lost nothing of it is done; its work is cancelled, and its answer is nobody's")
    func lost() throws {
        let (client, other) = (try server.open(), try server.open())
        try client.send((0..<20).flatMap { message($0) })
        client.disconnect()
        #expect(server.usersOnline == 1)
        #expect(server.work.cancelled == server.work.waiting.map(\.work.ticket))
        let newcomer = try server.open()
        server.work.answer()
        server.turn()
        #expect(newcomer.frames().isEmpty && other.frames().isEmpty)
        try newcomer.send(message(5, type: "message"))
        #expect(try refs(newcomer) == [5])
    }

    @Test("a client that does not take its answers is not read either, until it does")
    func slowReader() throws {
        let client = try server.open()
        try client.send((0..<40).flatMap { message($0) })
        client.stall()
        server.work.answer()
        server.turn()
        #expect(server.work.waiting.count == 1)
        client.resume()
        for _ in 0..<40 {
            server.work.answer()
            server.turn()
        }
        #expect(try refs(client) == Array(0..<40))
    }

    @Test("when the server stops, who waits is told and closed like everybody, and answers our close frame at once")
    func stop() throws {
        let client = try server.open()
        try client.send((0..<30).flatMap { message($0) })
        server.stop()
        let frames = client.frames()
        #expect(frames.map(\.closeCode) == [nil, 1001])
        #expect(server.work.cancelled.count == 1)
        try client.send(ClientFrame.close(1001))
        #expect(!client.isOpen && server.isStopped)
        server.work.answer()
        server.turn()
    }

    @Test("when its handler takes too long it is told, the work is cancelled, and reading goes on")
    func tooLong() throws {
        let server = EmbeddedServer([Slow.self, Broadcast.self], limits: ["max_handler_wait": "2s"])
        let client = try server.open()
        try client.send(message(0) + (1..<40).flatMap { message($0, type: "message") })
        server.pass(.milliseconds(1_999))
        #expect(client.frames().isEmpty)
        server.pass(.milliseconds(1))
        let said = try client.said()
        #expect(said.map { $0["ref"] as? Int } == Array(0..<40))
        #expect(said.map(\.code) == ["unavailable"] + Array(repeating: nil, count: 39))
        #expect(server.work.cancelled.count == 1)
        server.work.answer()
        server.turn()
        #expect(client.frames().isEmpty)
    }

    @Test("what waited behind a message may cause too much, again and again: it goes on when the client has taken that")
    func causesTooMuch() throws {
        let server = EmbeddedServer([Slow.self, Large.self])
        let client = try server.open()
        try client.send(message(0) + (1..<40).flatMap { message($0, type: "large") })
        client.stall()
        server.work.answer()
        server.turn()
        #expect(client.frames().isEmpty)
        client.resume()
        #expect(try refs(client).compactMap(\.self) == Array(0..<40))
        client.askToRead()
        #expect(client.socket.takeRead())
    }
}

/// Has much to say.
private struct Large: Handler {
    static let name = "large"
    static let summary = ""
    static let types: MessageTypes = ["large"]
    mutating func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        context.reply("large", ["text": String(repeating: "x", count: 40_000)])
        return .handled
    }
}
