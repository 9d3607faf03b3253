import HandlerKit
import Handlers
import RouterCore
import TestSupport
import Testing

@testable import RouterServer

extension LimitTests {
    func connectionsPerAddress(_ server: EmbeddedServer) throws {
        let first = try server.open(from: "192.0.2.1")
        _ = try server.open(from: "192.0.2.1")
        let third = try server.open(forgetting: false, from: "192.0.2.1")
        #expect(third.http().hasPrefix("HTTP/1.1 101 "))
        let frames = third.frames()
        #expect(try Said(frames[0].text).code == "too_many_connections")
        #expect(frames.map(\.closeCode) == [nil, 4102])
        #expect(server.usersOnline == 2)
        _ = try server.open(from: "192.0.2.2")
        #expect(server.usersOnline == 3)
        first.disconnect()
        _ = try server.open(from: "192.0.2.1")
        #expect(server.usersOnline == 3)
    }

    /// Those of others do not count; who becomes a user makes room.
    func handshakesPerAddress(_ server: EmbeddedServer) throws {
        let waiting = [try server.connect(from: "192.0.2.1"), try server.connect(from: "192.0.2.1")]
        #expect(try !server.connect(from: "192.0.2.1").isOpen)
        #expect(try server.connect(from: "192.0.2.2").isOpen)
        try waiting[0].send(EmbeddedClient.upgrade)
        #expect(try server.connect(from: "192.0.2.1").isOpen)
        #expect(try !server.connect(from: "192.0.2.1").isOpen)
        waiting[1].disconnect()
        #expect(try server.connect(from: "192.0.2.1").isOpen)
    }

    /// A burst, and then as many as come back; with `max_addresses` at 2 the other addresses make this one forgotten.
    func newcomers(_ server: EmbeddedServer, _ limit: Limit) throws {
        func comes(from address: String = "192.0.2.1") throws -> Bool {
            let client = try server.connect(from: address)
            defer { client.disconnect() }
            return client.isOpen
        }
        #expect(try comes())
        switch limit {
        case .connectionBurst:
            #expect(try comes())
            #expect(try !comes())
            #expect(try comes(from: "192.0.2.2"))
        case .connectionsPerSecond:
            #expect(try !comes())
            server.pass(.milliseconds(499))
            #expect(try !comes())
            server.pass(.milliseconds(1))
            #expect(try comes())
            #expect(try !comes())
        default:
            #expect(try !comes())
            #expect(try comes(from: "192.0.2.2"))
            #expect(try !comes())
            for number in 3...5 { #expect(try comes(from: "192.0.2.\(number)")) }
            #expect(try comes())
        }
    }

    func controlFrames(_ server: EmbeddedServer) throws {
        for flood in [ClientFrame.ping, ClientFrame.pong] {
            let client = try server.open()
            try client.send(flood("") + ClientFrame.ping())
            server.pass(.milliseconds(9_999))
            #expect(client.frames().allSatisfy { $0.opcode == 10 })
            server.pass(.milliseconds(1))
            try client.send(ClientFrame.ping() + ClientFrame.pong())
            #expect(client.frames().map(\.opcode) == [10])
            try client.send(flood(""))
            let last = client.frames().suffix(2)
            #expect(try last.first.map { try Said($0.text).code } == "bad_messages")
            #expect(last.map(\.closeCode) == [nil, 1008])
            client.disconnect()
        }
    }
}

@Suite("Limits of one address")
struct AddressLimitTests {
    private static let limits = [
        "max_connections_per_address": "1", "max_handshakes_per_address": "1", "connection_burst": "2",
        "connections_per_second": "0.01",
    ]

    @Test("they do not apply to addresses that are exempt: loopback, unless the setting says otherwise")
    func exempt() throws {
        let server = EmbeddedServer([Broadcast.self], limits: Self.limits)
        for address in ["127.0.0.1", "127.255.0.1", "::1", "::ffff:127.0.0.1"] {
            for _ in 0..<5 { #expect(try server.open(from: address).isOpen) }
        }
        #expect(server.usersOnline == 20)
    }

    @Test("of IPv6 a /64 is one address, of IPv4 an address is; a mapped IPv4 address is that IPv4 address")
    func networks() throws {
        let server = EmbeddedServer([Broadcast.self], limits: Self.limits)
        let same = [["2001:db8:1:2::1", "2001:db8:1:2:ffff::9"], ["192.0.2.7", "::ffff:192.0.2.7"]]
        for pair in same {
            let first = try server.open(from: pair[0])
            let second = try server.open(from: pair[1])
            #expect(second.frames().isEmpty)  // what it got was read with the handshake
            #expect(first.isOpen)
        }
        #expect(server.usersOnline == 2)
        for other in ["2001:db8:1:3::1", "192.0.2.8"] { _ = try server.open(from: other) }
        #expect(server.usersOnline == 4)
    }

    @Test("who was refused, or cut, leaves nothing behind: when all are gone nobody is counted")
    func nothingLeft() throws {
        let server = EmbeddedServer(
            [Broadcast.self], limits: ["max_connections_per_address": "1", "max_handshakes_per_address": "2"])
        for _ in 0..<3 {
            let clients = try (0..<6).map { _ in try server.open(from: "192.0.2.1") }
            #expect(server.usersOnline == 1)
            for client in clients { client.disconnect() }
            #expect(server.usersOnline == 0)
        }
        #expect(try server.connect(from: "192.0.2.1").isOpen)
        #expect(try server.connect(from: "192.0.2.1").isOpen)
        #expect(try !server.connect(from: "192.0.2.1").isOpen)
    }

    @Test("a user that we close counts among those of its address that are no users, until it is gone")
    func closing() throws {
        let server = EmbeddedServer([Broadcast.self], limits: ["max_handshakes_per_address": "1"])
        let client = try server.open(from: "192.0.2.1")
        try client.send([0x81, 0x00])  // not masked
        #expect(server.usersOnline == 0 && client.isOpen)
        #expect(try !server.connect(from: "192.0.2.1").isOpen)
        client.disconnect()
        #expect(try server.connect(from: "192.0.2.1").isOpen)
    }

    @Test("what is cut is logged each for itself at debug, and together every ten seconds as a warning")
    func warnings() throws {
        let server = EmbeddedServer(
            [Broadcast.self], limits: ["connection_burst": "1", "connections_per_second": "0.01"])
        for _ in 0..<4 { _ = try server.connect(from: "192.0.2.1") }
        let warning = { server.recorder.lines.filter { $0.hasPrefix("warning: connections are cut") } }
        #expect(warning().count == 1)
        #expect(server.recorder.lines.count { $0.hasPrefix("debug: ") && $0.contains(" cut: ") } == 3)
        server.pass(.seconds(10))
        _ = try server.connect(from: "192.0.2.1")
        #expect(warning().count == 2)
        #expect(warning().last?.contains("cut, 3 since") == true)
    }
}
