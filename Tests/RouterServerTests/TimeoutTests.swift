import Handlers
import TestSupport
import Testing

@Suite("What time does to a connection")
struct TimeoutTests {
    private let server = EmbeddedServer([Broadcast.self])

    @Test(
        "a client that says nothing for 10 s is told 408, and cut 5 s later",
        arguments: ["", "GET / HTTP/1.1\r\nHost: 127.0"])
    func handshake(start: String) throws {
        let client = try server.connect()
        server.pass(.seconds(6))
        try client.send(Array(start.utf8))
        server.pass(.milliseconds(3_999))
        #expect(client.http() == "")
        server.pass(.milliseconds(1))
        #expect(client.http().hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
        #expect(client.socket.isOutputClosed && client.isOpen)
        server.pass(.milliseconds(4_999))
        #expect(client.isOpen)
        server.pass(.milliseconds(1))
        #expect(!client.isOpen)
    }

    @Test("one byte every second does not keep a handshake open")
    func slowHandshake() throws {
        let client = try server.connect()
        for byte in EmbeddedClient.upgrade.prefix(10) {
            try client.send([byte])
            server.pass(.seconds(1))
        }
        #expect(client.http().hasPrefix("HTTP/1.1 408 "))
    }

    @Test("after 25 s of silence a client is pinged, once; its pong keeps it for as long as it answers")
    func ping() throws {
        let client = try server.open()
        for _ in 0..<5 {
            server.pass(.milliseconds(24_999))
            #expect(client.frames().isEmpty)
            server.pass(.milliseconds(1))
            #expect(client.frames() == [ServerFrame(opcode: 9, payload: [])])
            server.pass(.milliseconds(9_999))
            try client.send(ClientFrame.pong())
        }
        #expect(server.usersOnline == 1)
    }

    @Test("10 s after a ping without a pong the client is closed with 4104, and cut 5 s later")
    func noPong() throws {
        let (client, other) = (try server.open(), try server.open())
        server.pass(.seconds(25))
        try other.send(ClientFrame.pong())
        server.pass(.milliseconds(9_999))
        #expect(server.usersOnline == 2)
        server.pass(.milliseconds(1))
        #expect(client.frames().map(\.closeCode) == [nil, 4104])
        #expect(server.usersOnline == 1)
        #expect(client.isOpen)
        server.pass(.seconds(5))
        #expect(!client.isOpen)
        #expect(other.isOpen)
    }

    @Test("any byte of a client is a sign of life, also half a frame", arguments: [ClientFrame.ping(), [0x81]])
    func anyByte(bytes: [UInt8]) throws {
        let server = EmbeddedServer([Broadcast.self], timeouts: ["message": "1h"])
        let client = try server.open()
        server.pass(.seconds(24))
        try client.send(bytes)
        client.forget()
        server.pass(.seconds(24))
        #expect(client.frames().isEmpty)
        server.pass(.seconds(1))
        #expect(client.frames().map(\.opcode) == [9])
        server.pass(.seconds(9))
        try client.send(ClientFrame.pong("")[..<1].map { $0 })
        server.pass(.seconds(20))
        #expect(client.isOpen)
    }

    @Test("who does not answer our close frame within 5 s is cut; who does is closed at once")
    func closeHandshake() throws {
        let (silent, polite) = (try server.open(), try server.open())
        server.stop()
        for client in [silent, polite] { #expect(client.frames().last?.closeCode == 1001) }
        try polite.send(ClientFrame.close(1001))
        #expect(!polite.isOpen)
        server.pass(.milliseconds(4_999))
        #expect(silent.isOpen && !server.isStopped)
        server.pass(.milliseconds(1))
        #expect(!silent.isOpen)
        #expect(server.isStopped)
    }

    @Test("when the server stops, a connection in its handshake is cut, and a server without any is done at once")
    func stopEmpty() throws {
        let client = try server.connect()
        server.stop()
        #expect(!client.isOpen)
        #expect(server.isStopped)
        let empty = EmbeddedServer([Broadcast.self])
        empty.stop()
        #expect(empty.isStopped)
    }

    @Test("timeouts of many connections are each looked at in their own time")
    func many() throws {
        var clients: [EmbeddedClient] = []
        for _ in 0..<20 {
            clients.append(try server.open())
            server.pass(.seconds(1))
        }
        for (index, client) in clients.enumerated() {
            #expect(client.isOpen)
            server.pass(index == 0 ? .seconds(5) : .seconds(1))
            #expect(client.frames().map(\.opcode) == [9])
            try client.send(ClientFrame.pong())
        }
    }
}
