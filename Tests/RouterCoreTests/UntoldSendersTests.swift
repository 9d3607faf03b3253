import HandlerTesting
import Handlers
@testable import RouterCore
import TestSupport
import Testing
import WebSocketWire

@Suite("Whoever has sent what could not be saved is told so, even if it closes in the same turn")
struct UntoldSendersTests {
    private let journal = MemoryJournal(rooms: ["general", "random", "gaming"])

    private func router(grace: Duration = .zero, limits: Limits = Limits()) -> TestRouter {
        TestRouter(
            [.init(Lobby.self), .init(Rooms.self), .init(History.self), .init(Broadcast.self)], limits: limits,
            journal: OpenJournal(journal, journal.contents()), resume: ResumePolicy(grace: grace))
    }

    private func post(_ ref: Int, _ router: TestRouter, from connection: Int) {
        router.post(#"{"type":"message","ref":\#(ref),"content":"lost"}"#, from: connection)
    }

    /// What a connection was told, its close last.
    private func end(of connection: Int, _ router: TestRouter) throws -> [String] {
        let told = try router.said(to: connection).map { frame in
            [frame.code ?? frame.type, (frame["ref"] as? Int).map(String.init)].compactMap(\.self).joined(
                separator: " ")
        }
        return told + [router.closeCode(of: connection).map { "closed \($0)" }].compactMap(\.self)
    }

    @Test(
        "before the answer to its close frame, in the order in which it sent them",
        arguments: [Duration.zero, .seconds(60)])
    func closes(grace: Duration) throws {
        let router = router(grace: grace)
        let (ada, bob) = (router.join(), router.join())
        journal.failure = JournalFailure("the disk is full")
        post(1, router, from: ada)
        router.post(#"{"type":"get_rooms"}"#, from: ada)
        post(2, router, from: ada)
        router.withRouter { $0.closedByClient(ada, CloseCode(rawValue: 3_000)) }
        router.endTurn()
        #expect(try end(of: ada, router) == ["rooms", "unavailable 1", "unavailable 2", "closed 3000"])
        let others = try router.said(to: bob).map(\.type)
        #expect(others == (grace == .zero ? ["leave"] : []))
    }

    @Test("also when it only sends nothing more, and when somebody else posted between")
    func finishes() throws {
        let router = router()
        let (ada, bob) = (router.join(), router.join())
        journal.failure = JournalFailure("the disk is full")
        post(1, router, from: bob)
        post(2, router, from: ada)
        post(3, router, from: bob)
        router.withRouter { $0.closedByClient(ada, nil) }
        post(4, router, from: bob)
        router.endTurn()
        #expect(try end(of: ada, router) == ["unavailable 2", "closed 1000"])
        router.endTurn()
        #expect(try end(of: bob, router) == ["leave", "unavailable 1", "unavailable 3", "unavailable 4"])
    }

    @Test("P49: before the error that announces a close of the router's")
    func closed() throws {
        let router = router(limits: .with(["max_bad_messages": "1"]))
        let (ada, bob) = (router.join(), router.join())
        journal.failure = JournalFailure("the disk is full")
        post(1, router, from: ada)
        post(2, router, from: ada)
        router.post("{", from: ada)
        post(3, router, from: bob)
        router.withRouter { $0.stop() }
        router.endTurn()
        let ends = ["invalid_message", "unavailable 1", "unavailable 2", "bad_messages", "closed 1008"]
        #expect(try end(of: ada, router) == ends)
        #expect(try end(of: bob, router) == ["leave", "unavailable 3", "shutting_down", "closed 1001"])
    }

    @Test("also when it was shown what is not going to be there: of that it gets nothing")
    func deceived() throws {
        let router = router()
        let ada = router.join()
        journal.failure = JournalFailure("the disk is full")
        post(1, router, from: ada)
        router.post(#"{"type":"get_history","ref":2}"#, from: ada)
        post(3, router, from: ada)
        router.withRouter { $0.closedByClient(ada, .normal) }
        router.endTurn()
        #expect(try end(of: ada, router) == ["unavailable 1", "unavailable 3", "closed 1000"])
    }

    @Test("nobody is there to be told when somebody is waited for, on whichever loop", arguments: 1...3)
    func away(loops: Int) {
        var tick = Tick(loops: loops)
        var farewells = Farewells(tick)
        farewells.add(
            OutgoingFrame(type: "error", content: .init(start: nil, count: 0), timestamp: 0), to: -1, in: &tick)
        farewells.insert(into: &tick, deceived: [])
        #expect(tick.replyBytes == 0)
    }

    @Test("nobody is there to be told when the connection is gone")
    func gone() throws {
        let router = router()
        let (ada, bob) = (router.join(), router.join())
        journal.failure = JournalFailure("the disk is full")
        post(1, router, from: ada)
        router.lose(ada)
        router.endTurn()
        router.endTurn()
        #expect(try router.said(to: bob).map(\.type) == ["leave"])
    }
}
