import HandlerKit
import HandlerTesting
import NIOCore
import RouterCore
import TestSupport
import Testing
import WebSocketWire

@Suite("Sessions come and go")
struct SessionTests {
    @Test("who gets the place of one who left starts with nothing of what handlers kept for that one")
    func noLeak() throws {
        let router = TestRouter([Count.self])
        func count(_ connection: Int) throws -> Int? {
            try router.ask(#"{"type":"count"}"#, from: connection).first?.content["count"] as? Int
        }
        let (staying, leaving) = (router.join(), router.join())
        #expect(try [count(leaving), count(leaving), count(staying)] == [1, 2, 1])
        router.lose(leaving)
        router.endTurn()
        router.open(leaving)
        router.endTurn()
        #expect(try [count(leaving), count(staying), count(leaving)] == [1, 2, 2])
    }

    @Test("P1: user ids count up and are never given out again")
    func userIds() throws {
        let router = TestRouter([Names.self])
        for expected in 1...20 {
            let connection = router.open(expected % 3)
            router.endTurn()
            #expect(try router.said(to: connection).map { $0.content["id"] as? Int } == [expected])
            router.lose(connection)
            router.endTurn()
        }
    }

    @Test("P1, P33: ids go on above those of an earlier run")
    func idsGoOn() throws {
        let router = TestRouter([.init(Names.self), .init(Post.self)], ids: IdSource(lastUser: 41, lastMessage: 9_000))
        let (sender, other) = (router.open(), router.open())
        router.endTurn()
        #expect(try router.said(to: other).map { $0.content["id"] as? Int } == [43])
        router.post(#"{"type":"post","content":"x"}"#, from: sender)
        router.endTurn()
        #expect(try router.said(to: other).map(\.id) == [9_001])
    }

    @Test(
        "limits.max_connections, P23: one more is told that the server is full, and closed; when one leaves, there is room"
    )
    func full() throws {
        let router = TestRouter([Names.self, Post.self], limits: .with(["max_connections": "2"]))
        let (first, _) = (router.join(), router.join())
        let third = router.open()
        router.endTurn()
        #expect(try router.said(to: third).map(\.code) == ["server_full"])
        #expect(router.sink.closings[third]?.code == .tryAgainLater)
        #expect(router.router.usersOnline == 2)
        router.post(#"{"type":"post","content":"x"}"#, from: third)
        router.lose(third)
        router.lose(first)
        router.endTurn()
        router.open(first)
        router.endTurn()
        #expect(try router.said(to: first).map { $0.content["id"] as? Int } == [3])
    }

    @Test(
        "limits.max_bad_messages: so many within 10 seconds close with 1008",
        arguments: [#"5"#, #"{"type":"no"}"#, #"{"type":"post","content":5}"#])
    func badMessages(text: String) throws {
        let router = TestRouter([Post.self], limits: .with(["max_bad_messages": "3"]))
        let sender = router.join()
        for _ in 0..<2 { #expect(try router.ask(text, from: sender).count == 1) }
        router.clock.advance(by: .seconds(11))
        for _ in 0..<2 { #expect(try router.ask(text, from: sender).count == 1) }
        #expect(router.sink.closings.isEmpty)
        let last = try router.ask(text, from: sender)
        #expect(last.count == 2)
        #expect(last.last?.code == "bad_messages")
        #expect(last.last?.content["actual"] as? Int == 3)
        #expect(router.sink.closings[sender]?.code == .policyViolation)
        #expect(router.router.usersOnline == 0)
    }

    @Test("a client's close is answered behind what it was still to get, and its user is gone")
    func closedByClient() throws {
        let router = TestRouter([Post.self])
        let (leaving, staying) = (router.join(), router.join())
        router.post(#"{"type":"post","content":"x"}"#, from: staying)
        router.withRouter { $0.closedByClient(leaving, CloseCode(rawValue: 3333)) }
        router.post(#"{"type":"post","content":"y"}"#, from: staying)
        router.endTurn()
        #expect(try router.said(to: leaving).map(\.contentText) == ["x"])
        #expect(router.sink.closings[leaving]?.code.rawValue == 3333)
        #expect(router.router.usersOnline == 1)
    }

    @Test("when the router stops, everybody is told and closed with 1001, and is no longer online")
    func stop() throws {
        let router = TestRouter([Post.self])
        let connections = [router.join(), router.join(), router.join()]
        router.withRouter { $0.stop() }
        router.endTurn()
        for connection in connections {
            let said = try router.said(to: connection)
            #expect(said.map(\.code) == ["shutting_down"])
            #expect(said.map { $0.content["close"] as? Int } == [1001])
            #expect(router.sink.closings[connection]?.code == .goingAway)
        }
        #expect(router.router.usersOnline == 0)
    }

    @Test("P22: a text that went by too large is refused; binary is ignored in chat")
    func tooLarge() throws {
        let router = TestRouter([Post.self])
        let sender = router.join()
        router.withRouter {
            $0.receivedTooLarge(isText: false, from: sender)
            $0.receivedBinary(.init(bytes: [1, 2]), from: sender)
            $0.receivedTooLarge(isText: true, from: sender)
        }
        router.endTurn()
        #expect(try router.said(to: sender).map(\.code) == ["message_too_large"])
    }

    @Test("what comes from a connection that is no user's, or no longer, does nothing")
    func nobody() throws {
        let router = TestRouter([Post.self, Names.self])
        let gone = router.join()
        router.open()
        router.lose(gone)
        router.endTurn()
        router.sink.forget()
        router.post(#"{"type":"post","content":"x"}"#, from: gone)
        router.post(#"{"type":"post","content":"x"}"#, from: 99)
        router.withRouter {
            $0.closed(gone, because: "again")
            $0.closed(99, because: "never came")
            $0.receivedTooLarge(isText: true, from: 99)
        }
        router.endTurn()
        #expect(router.sink.writes.isEmpty)
        #expect(router.router.usersOnline == 1)
    }

    @Test(
        "a connection whose user is gone says nothing in the name of who came in its place, and takes nobody along when it ends"
    )
    func placeTaken() throws {
        let router = TestRouter([Post.self, Names.self])
        let gone = router.join()
        router.open()
        router.withRouter { $0.drop(gone, .noPong) }
        router.endTurn()
        _ = router.join()
        router.sink.forget()
        router.post(#"{"type":"post","content":"x"}"#, from: gone)
        router.withRouter { $0.receivedTooLarge(isText: true, from: gone) }
        router.lose(gone)
        router.endTurn()
        #expect(router.router.usersOnline == 2)
        #expect(router.sink.writes.isEmpty)
    }
}

/// Tells everyone who they are.
private struct Names: Handler {
    static let name = "names"
    static let summary = ""
    static let types: MessageTypes = ["names"]
    mutating func admitted(_ context: inout Context) { context.reply("you", ["id": context.sender.id]) }
}
