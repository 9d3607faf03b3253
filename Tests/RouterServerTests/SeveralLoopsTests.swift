import HandlerKit
import Handlers
import NIOCore
@testable import RouterServer
import TestSupport
import Testing

@Suite("Several I/O loops and one router")
struct SeveralLoopsTests {
    private let server = EmbeddedLoops([Lobby.self, Broadcast.self], loops: 3)

    private func post(_ content: String, _ rest: String = "") -> [UInt8] {
        ClientFrame.text(#"{"type":"message","content":"\#(content)"\#(rest)}"#)
    }

    private func contents(_ client: EmbeddedClient) throws -> [String?] {
        try client.said().filter { $0.type == "message" }.map(\.contentText)
    }

    @Test("whoever posts, on whichever loop, everyone else gets it")
    func everyone() throws {
        let clients = try (0..<6).map { try server.open(on: $0 % 3) }
        for (index, client) in clients.enumerated() { try client.send(post("\(index)"), turning: false) }
        server.turn()
        let got = try clients.map(contents)
        let order = try #require(Set(got.map { $0.compactMap(\.self).joined() }).max { $0.count < $1.count })
        #expect(order.count == 5)
        for (index, texts) in got.enumerated() {
            #expect(Set(texts) == Set((0..<6).map { "\($0)" }).subtracting(["\(index)"]))
        }
    }

    @Test("three posts of a client on another loop are one batch there and one write here")
    func batch() throws {
        let (sender, others) = (try server.open(on: 1), try (0..<3).map { try server.open(on: $0) })
        for number in 0..<3 { try sender.send(post("\(number)"), turning: false) }
        #expect(server.loops[1].arrivals.events.count == 3)
        server.turn()
        for other in others { #expect(other.writes().count == 1) }
    }

    @Test("an ack comes behind the posts that were handled before its message, to each loop")
    func acks() throws {
        let (ada, bob) = (try server.open(on: 1), try server.open(on: 2))
        for number in 0..<20 {
            try ada.send(post("\(number)", #","ref":\#(number)"#), turning: false)
            try bob.send(post("\(number)", #","ref":\#(number)"#), turning: false)
            if number % 3 == 0 { server.turnOnce(number % 2 + 1) }
        }
        server.turn()
        for client in [ada, bob] {
            let said = try client.said()
            #expect(said.filter { $0.type == "ack" }.map { $0["ref"] as? Int } == Array(0..<20))
            let ids = said.map { $0["id"] as? Int ?? $0.content["id"] as? Int ?? 0 }
            #expect(ids.count == 40 && ids == ids.sorted())
        }
    }

    @Test("what is handed to the router comes back: turn after turn the loops need no new storage")
    func storage() throws {
        let (sender, _) = (try server.open(on: 1), try server.open(on: 2))
        var places: Set<[UnsafeRawPointer?]> = []
        for turn in 0..<20 {
            for number in 0..<50 { try sender.send(post("\(number)"), turning: false) }
            if turn > 3 { places.insert(server.loops[1].arrivals.places) }
            server.turn()
        }
        #expect(places.count <= 2, "one that is filled, and one that the router has")
    }

    // MARK: - A loop that does not get to deliver

    @Test("with a tick under way to a loop nothing more is taken from any; what came meanwhile follows in order")
    func underWay() throws {
        let (sender, local, slow) = (try server.open(on: 1), try server.open(on: 0), try server.open(on: 2))
        for number in 0..<10 {
            try sender.send(post("\(number)"), turning: false)
            try local.send(post("l\(number)"), turning: false)
            server.turn([0, 1])
        }
        let early = try contents(sender)
        #expect(early == ["l0"])
        #expect(slow.writes().isEmpty)
        server.turn()
        let got = try contents(slow).compactMap(\.self)
        #expect(got.filter { !$0.hasPrefix("l") } == (0..<10).map { "\($0)" })
        #expect(got.filter { $0.hasPrefix("l") } == (0..<10).map { "l\($0)" })
        #expect(try early + contents(sender) == (0..<10).map { "l\($0)" })
        #expect(try contents(local).count == 10)
    }

    @Test("when the router takes nothing, loops collect up to 1 MiB, and read on when it does; nothing is lost")
    func full() throws {
        let server = EmbeddedLoops(
            [Broadcast.self], loops: 3, limits: ["max_message_bytes": "64 KiB", "max_outbox_bytes": "64 MiB"])
        let (sender, other, slow) = (try server.open(on: 1), try server.open(on: 0), try server.open(on: 2))
        sender.askToRead()
        let padding = String(repeating: "x", count: 50_000)
        var (sent, reads) = (0, sender.socket.reads)
        repeat {
            try sender.send(post("\(sent)", #","x":"\#(padding)""#), turning: false)
            sent += 1
            server.turn([0, 1])
            reads = sender.socket.reads
            sender.askToRead()
        } while sender.socket.reads > reads && sent < 200
        #expect(sent > 20 && sent < 60)
        #expect(slow.writes().isEmpty)
        #expect(server.loops[1].isFull)
        for number in sent..<sent + 5 { try sender.send(post("\(number)"), turning: false) }
        server.turn()
        #expect(sender.socket.reads > reads)
        for client in [other, slow] { #expect(try contents(client) == (0..<sent + 5).map { "\($0)" }) }
    }

    @Test(
        "who sends nothing more while its loop is full gets its answers and the end, too, when the router takes again")
    func halfClosedWhileFull() throws {
        let server = EmbeddedLoops([Broadcast.self], loops: 2, limits: ["max_message_bytes": "1 MiB"])
        let (sender, other) = (try server.open(on: 1), try server.open(on: 1))
        let padding = String(repeating: "x", count: 600_000)
        for number in 0..<2 { try sender.send(post("\(number)", #","x":"\#(padding)""#), turning: false) }
        #expect(server.loops[1].isFull)
        other.finishSending(turning: false)
        server.turn()
        #expect(other.frames().last?.closeCode == 1000)
        #expect(!other.isOpen && sender.isOpen)
    }

    @Test("frames that nobody reads as JSON are collected no further than texts are")
    func fullOfFrames() throws {
        let server = EmbeddedLoops(
            [Echo.self], loops: 2, limits: ["max_message_bytes": "64 KiB", "max_outbox_bytes": "64 MiB"])
        let sender = try server.open(on: 1)
        sender.forget()
        let frame = ClientFrame.binary([UInt8](repeating: 0x61, count: 60_000))
        try sender.send((0..<40).flatMap { _ in frame }, turning: false)
        #expect(server.loops[1].isFull)
        #expect(server.loops[1].arrivals.events.count == 18)
        server.turn()
        #expect(sender.frames().count == 0)  // echo has no prefix for what is binary, and says nothing
    }

    // MARK: - Numbers

    @Test("the numbers of a loop's connections are those of its place; a number is another's only when all has passed")
    func numbers() throws {
        var old = try server.open(on: 1)
        let (poster, watcher) = (try server.open(on: 0), try server.open(on: 2))
        for round in 0..<30 {
            // A post and an answer are under way to its loop when it goes, and another comes in its place.
            try old.send(ClientFrame.text(#"{"type":"get_users","ref":"old"}"#), turning: false)
            server.turnOnce(1)
            try poster.send(post("for old \(round)"), turning: false)
            server.turn([0])
            old.vanish()
            let newcomer = try server.connect(on: 1)
            try newcomer.send(EmbeddedClient.upgrade + post("of new \(round)"), turning: false)
            server.turn()
            #expect(newcomer.http().hasPrefix("HTTP/1.1 101 "))
            #expect(try newcomer.said().map(\.type).prefix(2) == ["welcome", "users"])
            #expect(try contents(newcomer).isEmpty)
            #expect(try contents(watcher) == ["for old \(round)", "of new \(round)"])
            old = newcomer
        }
        #expect(server.usersOnline == 3)
    }

    @Test("who ends while what it sent waits at the router is told to all as gone, after its posts")
    func endsWhileWaiting() throws {
        let (sender, watcher) = (try server.open(on: 1), try server.open(on: 0))
        let slow = try server.open(on: 2)
        for _ in 0..<3 {
            try watcher.send(post("filling"), turning: false)
            server.turn([0])
        }
        for number in 0..<3 { try sender.send(post("\(number)"), turning: false) }
        sender.disconnect()
        server.turn([0, 1])
        let newcomer = try server.connect(on: 1)
        try newcomer.send(EmbeddedClient.upgrade, turning: false)
        server.turn()
        _ = newcomer.http()
        #expect(try newcomer.said().map(\.type) == ["welcome", "users"])
        let told = try slow.said().filter { $0.contentText != "filling" }
        #expect(told.map(\.type) == ["message", "message", "message", "leave", "join"])
    }

    // MARK: - What is seen on one loop

    @Test("a client of another loop that reads too slowly is closed with 4103; the others are told, and go on")
    func slowReader() throws {
        let server = EmbeddedLoops(
            [Lobby.self, Broadcast.self], loops: 3,
            limits: ["max_outbox_bytes": "64 KiB", "max_message_bytes": "64 KiB"])
        let (sender, slow, other) = (try server.open(on: 0), try server.open(on: 1), try server.open(on: 2))
        slow.stall()
        let text = String(repeating: "x", count: 10_000)
        for _ in 0..<7 {
            try sender.send(post(text), turning: false)
            server.turn()
        }
        #expect(server.usersOnline == 2)
        slow.resume()
        #expect(slow.frames().map(\.closeCode) == [nil, nil, nil, nil, nil, nil, 4103])
        #expect(try other.said().map(\.type) == [String](repeating: "message", count: 7) + ["leave"])
    }

    @Test("pings, pongs and their timeouts are each loop's own")
    func pings() throws {
        let clients = try (0..<3).map { try server.open(on: $0) }
        server.pass(.seconds(25))
        for client in clients { #expect(client.frames().map(\.opcode) == [9]) }
        for client in clients.dropLast() { try client.send(ClientFrame.pong(), turning: false) }
        server.pass(.seconds(10))
        #expect(clients[2].frames().last?.closeCode == 4104)
        #expect(server.usersOnline == 2)
        for client in clients.dropLast() { #expect(try client.said().map(\.type) == ["leave"]) }
        server.pass(.seconds(5))
        #expect(clients.map(\.isOpen) == [true, true, false])
    }

    @Test("a client of another loop whose messages cause 64 KiB of answers in a turn is held until it has taken them")
    func held() throws {
        let echo = EmbeddedLoops([Echo.self], loops: 2, limits: ["max_message_bytes": "64 KiB"])
        let client = try echo.open(on: 1)
        client.forget()
        let message = ClientFrame.frame(0x81, [UInt8](repeating: 0x61, count: 40 << 10))
        try client.send((0..<5).flatMap { _ in message }, turning: false)
        client.stall()
        echo.turn()
        client.askToRead()
        let reads = client.socket.reads
        #expect(client.writes().isEmpty)
        client.resume()
        echo.turn()
        #expect(client.frames().count == 5)
        client.askToRead()
        #expect(client.socket.reads > reads)
    }

    @Test("a client of another loop that sends nothing more gets all its answers, and then the end")
    func halfClosed() throws {
        let client = try server.open(on: 2)
        try client.send((0..<50).flatMap { post("\($0)", #","ref":\#($0)"#) }, turning: false)
        client.finishSending()
        server.turn()
        let frames = client.frames()
        #expect(try frames.dropLast().map { try Said($0.text)["ref"] as? Int } == Array(0..<50))
        #expect(frames.last?.closeCode == 1000)
        #expect(!client.isOpen)
    }

    @Test("stop closes the clients of all loops with 1001, whatever was under way, and cuts those without a handshake")
    func stop() throws {
        let clients = try (0..<6).map { try server.open(on: $0 % 3) }
        let stranger = try server.connect(on: 1)
        for client in clients { try client.send(post("on its way"), turning: false) }
        server.turnOnce(1)
        let emptied = server.loops.map { $0.stop() }
        server.router.stop()
        server.turn()
        #expect(!stranger.isOpen)
        for client in clients { #expect(client.frames().last?.closeCode == 1001) }
        var done = 0
        for future in emptied { future.assumeIsolated().whenSuccess { done += 1 } }
        #expect(done == 0)
        for client in clients { try client.send(ClientFrame.close(1001), turning: false) }
        server.turn()
        #expect(done == 3 && server.usersOnline == 0)
    }

    @Test("a connection that had been accepted before the stop, and comes to its loop after it, is cut")
    func lateAfterStop() throws {
        let client = try server.open(on: 1)
        let emptied = server.loops.map { $0.stop() }
        server.router.stop()
        server.turn()
        #expect(try !server.connect(on: 1).isOpen)
        try client.send(ClientFrame.close(1001), turning: false)
        server.turn()
        var done = 0
        for future in emptied { future.assumeIsolated().whenSuccess { done += 1 } }
        #expect(done == 3)
    }
}
