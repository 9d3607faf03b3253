import HandlerKit
import Handlers
import Seeds
import TestSupport
import Testing

@testable import RouterServer

@Suite("Who comes in, and who makes room")
struct AcceptGateTests {
    @Test("when there are as many strangers as may be, the oldest makes room, also one that was refused and stays")
    func oldest() throws {
        let server = EmbeddedServer([Broadcast.self], limits: ["max_handshakes": "3"])
        var clients = try (0..<3).map { _ in try server.connect(from: "192.0.2.1") }
        try clients[0].send(Array("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8))
        #expect(clients[0].http().hasPrefix("HTTP/1.1 404 ") && clients[0].isOpen)
        for number in 0..<3 {
            clients.append(try server.open(from: "192.0.2.2"))
            #expect(clients.map(\.isOpen).firstIndex(of: true) == number + 1)
            clients.append(try server.connect(from: "192.0.2.1"))
        }
    }

    @Test(
        "max_handshakes counts the strangers of all loops together; the oldest of the newcomer's loop makes room, if there is any"
    )
    func oldestOfLoop() throws {
        let server = EmbeddedLoops([Broadcast.self], loops: 3, limits: ["max_handshakes": "4"])
        var strangers = try (0..<4).map { try server.connect(on: $0 % 2) }
        #expect(strangers.allSatisfy { $0.isOpen })
        #expect(try !server.connect(on: 2).isOpen)
        strangers.append(try server.connect(on: 1))
        #expect(strangers.map(\.isOpen) == [true, false, true, true, true])
        try strangers[0].send(EmbeddedClient.upgrade, turning: false)
        server.turn()
        #expect(try server.connect(on: 2).isOpen)
        #expect(strangers.map(\.isOpen) == [true, false, true, true, true])
    }

    @Test("users that are closed, however many at once, do not keep strangers out")
    func manyClosed() throws {
        let server = EmbeddedServer([Broadcast.self], limits: ["max_handshakes": "2"])
        let closed = try (1...5).map { try server.open(from: "192.0.2.\($0)") }
        for client in closed { try client.send([0x81, 0x00]) }  // not masked
        #expect(closed.allSatisfy { $0.isOpen } && server.usersOnline == 0)
        #expect(try server.open(from: "192.0.2.9").isOpen)
        #expect(closed.allSatisfy { $0.isOpen } && server.usersOnline == 1)
    }

    @Test("with max_connections and twice max_handshakes there at all, the oldest of those that are closed makes room")
    func allTogether() throws {
        let server = EmbeddedServer([Broadcast.self], limits: ["max_handshakes": "2", "max_connections": "3"])
        let closed = try (1...7).map { number in
            let client = try server.open(from: "192.0.2.\(number)")
            try client.send([0x81, 0x00])
            return client
        }
        #expect(closed.allSatisfy { $0.isOpen })
        #expect(try server.open(from: "192.0.2.8").isOpen)
        #expect(closed.map(\.isOpen) == [false] + Array(repeating: true, count: 6))
    }

    @Test("who makes room is logged, together with the others that are cut")
    func warnings() throws {
        let server = EmbeddedServer([Broadcast.self], limits: ["max_handshakes": "2"])
        for _ in 0..<5 { _ = try server.connect(from: "192.0.2.1") }
        #expect(server.recorder.lines.count { $0.hasPrefix("debug: ") && $0.contains("the oldest is cut") } == 3)
        #expect(server.recorder.lines.count { $0.hasPrefix("warning: connections are cut, 1 since") } == 1)
        server.pass(.seconds(5))
        _ = try server.connect(from: "192.0.2.1")
        server.pass(.seconds(5))
        _ = try server.connect(from: "192.0.2.1")
        #expect(server.recorder.lines.last { $0.hasPrefix("warning: ") }?.contains("cut, 4 since") == true)
    }

    @Test("of addresses no more are remembered than may be, and one that is cut is not counted")
    func addresses() throws {
        let gate = AcceptGate(.with(["max_handshakes_per_address": "2", "max_addresses": "4"]), log: LogRecorder().log)
        func comes(from address: String) -> AcceptGate.Place? {
            gate.enter(IPAddress(address), address: address, now: 0) { _ in false }
        }
        let first = comes(from: "192.0.2.1")
        let second = comes(from: "192.0.2.1")
        let third = comes(from: "192.0.2.1")
        let areIn = [first != nil, second != nil, third != nil]
        #expect(areIn == [true, true, false])
        for number in 2..<100 {
            let isIn = comes(from: "192.0.2.\(number)") != nil
            #expect(isIn)
        }
        #expect(gate.addresses <= 4)
        #expect(gate.count == .init(strangers: 2))
    }

    @Test(
        "a connection that breaks while its own messages are handled is given back at once, and nothing behind them is read",
        arguments: [ClientFrame.close(), [0x81, 0x00], ClientFrame.ping()])
    func brokenInItsOwnTurn(rest: [UInt8]) throws {
        let echo = EmbeddedLoops(
            [Echo.self], loops: 1, limits: ["max_message_bytes": "1 MiB", "max_handshakes_per_address": "1"])
        func text(_ count: Int) -> [UInt8] { ClientFrame.frame(0x81, [UInt8](repeating: 0x61, count: count)) }
        let others = try (0..<8).map { _ in try echo.open(on: 0) }
        for _ in 0..<2 {
            let broken = try echo.open(on: 0, from: "192.0.2.1")
            let connection = try #require(echo.loops[0].connections[8])
            broken.socket.isBroken = true
            for other in others { try other.send(text((1 << 20) - 1_000), turning: false) }
            // The turn is full with it, and delivered at once.
            try broken.send(text(10_000) + rest, turning: false)
            #expect(!broken.isOpen)
            #expect(connection.phase == .open && connection.outbox.isEmpty)
            #expect(echo.loops[0].gate.count == .init(users: 8))
            echo.turn()
        }
        #expect(try echo.connect(on: 0, from: "192.0.2.1").isOpen)
        #expect(try !echo.connect(on: 0, from: "192.0.2.1").isOpen)
    }

    @Test("a slow reader that has ended is not closed as one: its number may be another's by then")
    func endedSlowReader() throws {
        let server = EmbeddedLoops([Broadcast.self], loops: 2)
        let clients = [try server.open(on: 1), try server.open(on: 1)]
        for number in [1, 3] { server.loops[1].connections.lose(number) }
        clients[0].vanish()
        #expect(server.loops[1].connections.takeSlowReaders() == [3])
    }

    @Test(
        "whoever comes, is admitted, refused, closed or gone, on whichever loop: all is counted as it is, and nothing is left",
        arguments: 1...60)
    func model(seed: UInt64) throws {
        var model = try GateModel(seed)
        for _ in 0..<100 {
            try model.step()
            try model.check()
        }
        try model.end()
    }
}
