import Handlers
import NIOCore
@testable import RouterServer
import TestSupport
import Testing

@Suite("Deliveries that many get are collected for delivery_interval, while they are many")
struct DeliveryPaceTests {
    // MARK: - The rule

    @Test("nothing is collected before a turn has gone to 16, and for no longer than the interval after it")
    func busy() {
        var pace = DeliveryPace(interval: .milliseconds(5))
        #expect(!pace.isBusy(at: 100))
        pace.note(writes: 15, at: 100)
        #expect(!pace.isBusy(at: 100))
        pace.note(writes: 16, at: 100)
        #expect([100, 104, 105].allSatisfy { pace.isBusy(at: $0) })
        #expect(!pace.isBusy(at: 106))
        pace.note(writes: 1, at: 105)
        #expect(!pace.isBusy(at: 106))
        pace.note(writes: 2_000, at: 105)
        #expect(pace.isBusy(at: 110))
        #expect(pace.interval == .milliseconds(5))
    }

    @Test("without an interval nothing is ever collected, and nobody counts the receivers or looks at the clock")
    func off() {
        var pace = DeliveryPace(interval: .zero)
        var (counted, looked) = (0, 0)
        func writes() -> Int {
            counted += 1
            return 1_000
        }
        func now() -> Int64 {
            looked += 1
            return 7
        }
        pace.note(writes: writes(), at: now())
        #expect(!pace.isBusy(at: 7))
        #expect((counted, looked) == (0, 0))
    }

    // MARK: - In a server

    private func server(receivers: Int, loops: Int = 1) throws -> (EmbeddedLoops, [EmbeddedClient]) {
        let server = EmbeddedLoops([Broadcast.self], loops: loops, interval: .milliseconds(2))
        let clients = try (0...receivers).map { try server.open(on: $0 % loops) }
        server.pass(.seconds(1))
        for client in clients { client.forget() }
        return (server, clients)
    }

    private func post(_ server: EmbeddedLoops, _ client: EmbeddedClient) throws {
        try client.send(#"{"type":"message","content":"hi"}"#)
        server.turn()
    }

    @Test("a lone message is sent in its own turn, to however many", arguments: [1, 2])
    func lone(loops: Int) throws {
        let (server, clients) = try server(receivers: 20, loops: loops)
        for _ in 0..<3 {
            try post(server, clients[0])
            #expect(clients.dropFirst().allSatisfy { $0.writes().count == 1 })
            server.pass(.milliseconds(3))
        }
    }

    @Test(
        "of a burst to 16 the first is sent at once, and what follows within the interval as one write after it",
        arguments: [1, 2])
    func burst(loops: Int) throws {
        let (server, clients) = try server(receivers: 16, loops: loops)
        try post(server, clients[0])
        #expect(clients.dropFirst().allSatisfy { $0.writes().count == 1 })
        for _ in 0..<5 { try post(server, clients[0]) }
        #expect(clients.allSatisfy { $0.writes().isEmpty })
        server.pass(.milliseconds(2))
        for client in clients.dropFirst() {
            let writes = client.writes()
            var bytes = writes.first ?? ByteBuffer()
            #expect(writes.count == 1 && ServerFrame.take(from: &bytes).count == 5)
        }
        // That turn went to many, too: the next is collected again, and the one after a pause is not.
        try post(server, clients[0])
        #expect(clients[1].writes().isEmpty)
        server.pass(.milliseconds(2))
        #expect(clients[1].writes().count == 1)
        server.pass(.milliseconds(3))
        try post(server, clients[0])
        #expect(clients[1].writes().count == 1)
    }

    @Test("what goes to 14 others is never collected")
    func few() throws {
        let (server, clients) = try server(receivers: 14)
        for _ in 0..<5 {
            try post(server, clients[0])
            #expect(clients.dropFirst().allSatisfy { $0.writes().count == 1 })
        }
    }

    @Test("answers to one alone are not what makes a turn one to many; collected they are with the rest")
    func answers() throws {
        let (server, clients) = try server(receivers: 16)
        for _ in 0..<3 {
            try clients[0].send(#"{"type":"message","ref":1}"#)
            server.turn()
            #expect(clients[0].writes().count == 1)
        }
        try post(server, clients[0])
        try clients[0].send(#"{"type":"message","ref":1}"#)
        server.turn()
        #expect(clients[0].writes().isEmpty)
        server.pass(.milliseconds(2))
        #expect(clients[0].writes().count == 1)
    }

    @Test("stopping does not wait for what is collected: it goes out before the close")
    func stopping() throws {
        let (server, clients) = try server(receivers: 16)
        for _ in 0..<2 { try post(server, clients[0]) }
        server.router.stop()
        server.pass(.milliseconds(2))
        let frames = clients[1].frames()
        #expect(frames.count == 4)
        #expect(frames.last?.closeCode == 1001)
    }
}
