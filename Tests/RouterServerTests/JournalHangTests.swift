import HandlerTesting
import Handlers
import RouterCore
import TestSupport
import Testing

@Suite("A disk that does not answer")
struct JournalHangTests {
    private let journal = MemoryJournal(rooms: ["general"])
    private let server: EmbeddedServer

    init() {
        server = EmbeddedServer(
            [.init(Broadcast.self)], journal: OpenJournal(journal, journal.contents(), keepsPrivateMessages: false))
    }

    private var lines: [String] { server.recorder.lines.filter { $0.contains("disk") } }

    private func line(_ seconds: Int) -> String {
        "warning: posts have been waiting for the disk for \(seconds) s (in memory); nobody is served meanwhile"
    }

    /// A client whose post waits for the disk.
    private func hang() throws -> EmbeddedClient {
        let client = try server.open()
        journal.isSlow = true
        try client.send(#"{"type":"message","content":"hi","ref":1}"#)
        return client
    }

    @Test("the log says so after 5 s and every 10 s from then on, and once when it answers")
    func told() throws {
        let client = try hang()
        server.pass(.milliseconds(4_999))
        #expect(lines.isEmpty)
        server.pass(.milliseconds(1))
        #expect(lines == [line(5)])
        for _ in 0..<20 { server.pass(.seconds(1)) }
        #expect(lines == [line(5), line(15), line(25)])
        #expect(try client.said().isEmpty)
        journal.isSlow = false
        journal.sync()
        server.turn()
        #expect(lines.last == "notice: the disk has answered after 25 s" && lines.count == 4)
        #expect(try client.said().map(\.type) == ["ack"])
        server.pass(.seconds(60))
        #expect(lines.count == 4)
    }

    @Test("one that answers late each time is said to at most every 10 s")
    func slow() throws {
        let client = try server.open()
        journal.isSlow = true
        for _ in 0..<5 {
            try client.send(#"{"type":"message","content":"hi"}"#)
            server.pass(.seconds(6))
            journal.sync()
            server.turn()
        }
        let begins = lines.filter { $0.hasPrefix("warning") }
        #expect(begins == [line(6), line(6), line(6)])
        #expect(lines.filter { $0.hasPrefix("notice") }.count == 3)
    }

    @Test("clients that wait are still answered their pings, and those that answer ours stay")
    func pings() throws {
        let client = try hang()
        for _ in 0..<4 {
            try client.send(ClientFrame.ping("7"))
            #expect(client.frames() == [ServerFrame(opcode: 10, payload: [55])])
            server.pass(.seconds(25))
            #expect(client.frames() == [ServerFrame(opcode: 9, payload: [])])
            try client.send(ClientFrame.pong())
        }
        journal.sync()
        server.turn()
        #expect(try client.said().map(\.type) == ["ack"] && client.isOpen)
    }

    @Test("a server that stops waits for it as long as for clients, and then closes everybody with 1001")
    func stop() throws {
        let (client, other) = (try hang(), try server.connect())
        server.pass(.seconds(30))
        client.forget()
        try other.send(EmbeddedClient.upgrade)
        server.stop()
        server.pass(.milliseconds(4_999))
        #expect(client.isOpen && client.frames().isEmpty && !server.isStopped && server.failure == nil)
        server.pass(.milliseconds(1))
        #expect(client.frames().map(\.closeCode) == [1001] && !client.isOpen && !other.isOpen)
        #expect(server.isStopped && server.failure?.description == "in memory: the disk has not answered for 35 s")
        journal.sync()
        server.turn()
        #expect(client.frames().isEmpty)
    }

    @Test("a disk that answers in time has a server stop in order")
    func stopInOrder() throws {
        let client = try hang()
        server.stop()
        server.pass(.seconds(4))
        journal.isSlow = false
        journal.sync()
        server.turn()
        #expect(try client.frames().dropLast().map { try Said($0.text).type } == ["ack", "error"])
        try client.send(ClientFrame.close(1001))
        server.turn()
        #expect(server.isStopped && server.failure == nil && !client.isOpen)
    }

    @Test("the last group of a server that stops is waited for as long")
    func lastGroup() throws {
        let client = try server.open()
        journal.isSlow = true
        server.stop()
        server.pass(.milliseconds(4_999))
        #expect(client.isOpen && server.failure == nil)
        server.pass(.milliseconds(1))
        #expect(client.frames().map(\.closeCode) == [1001] && !client.isOpen)
        #expect(server.failure?.description == "in memory: the disk has not answered for 5 s")
    }
}
