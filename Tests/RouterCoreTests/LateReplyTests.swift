import HandlerKit
import HandlerTesting
import Handlers
import NIOCore
@testable import RouterCore
import TestSupport
import Testing

/// Tells its sender something late, as often as `times` says, and others something at once.
private struct Late: Handler {
    static let name = "late"
    static let summary = ""
    static let types: MessageTypes = ["late"]

    func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        for number in 0..<(try message.integer("times") ?? 1) {
            context.reply("told", awaiting: { nil }, adding: ["number": number])
        }
        context.announce("others", [:])
        return .handled
    }

    func entered(_ room: String, _ context: inout Context) {
        context.reply("told", awaiting: { nil }, adding: ["room": room])
    }
}

@Suite("What a handler tells late")
struct LateReplyTests {
    private func router(_ limits: [String: String] = [:], grace: Duration = .zero) -> TestRouter {
        TestRouter(
            [.init(Lobby.self), .init(Late.self), .init(Mover.self), .init(Post.self)], limits: .with(limits),
            resume: ResumePolicy(grace: grace))
    }

    private let late = #"{"type":"late","ref":"a"}"#

    private func tell(_ text: String?, _ work: PendingWork, _ router: TestRouter) {
        let content = text.map { JSONRaw(verbatim: ByteBuffer(string: "\"\($0)\"")) }
        router.withRouter { $0.finished(work.ticket, .success(content)) }
        router.endTurn()
    }

    private func briefs(_ connection: Int, _ router: TestRouter) throws -> [String] {
        try router.said(to: connection).map { frame in
            [frame.code ?? frame.type, frame.contentText, frame.ref].compactMap(\.self).joined(separator: " ")
        }
    }

    @Test("comes as soon as it is there, the ack behind it, and the sender's next messages behind that")
    func order() throws {
        let router = router()
        let (ada, bob) = (router.join(), router.join())
        router.post(#"{"type":"late","times":2,"ref":"a"}"#, from: ada)
        router.post(#"{"type":"post","content":"x","ref":"b"}"#, from: ada)
        router.post(#"{"type":"post","content":"y"}"#, from: bob)
        router.endTurn()
        #expect(try briefs(ada, router) == ["post y"])
        #expect(try briefs(bob, router) == ["others"])
        let first = router.work()
        #expect(first.count == 1, "one after the other")
        tell("one", first[0], router)
        #expect(try briefs(ada, router) == ["told one"])
        tell("two", router.work()[0], router)
        #expect(try briefs(ada, router) == ["told two", "ack a", "ack b"])
        #expect(try briefs(bob, router) == ["post x"])
    }

    @Test("nothing comes of nil; of what is thrown an error does, and the ack all the same")
    func nothing() throws {
        let router = router()
        let ada = router.join()
        router.post(late, from: ada)
        tell(nil, router.work()[0], router)
        #expect(try briefs(ada, router) == ["ack a"])
        router.post(late, from: ada)
        router.fail(router.work()[0], Rejection(.forbidden, "No"))
        router.endTurn()
        #expect(try briefs(ada, router) == ["forbidden", "ack a"])
        router.post(late, from: ada)
        router.fail(router.work()[0], Fail.Broken())
        router.endTurn()
        #expect(try briefs(ada, router) == ["internal_error", "ack a"])
        #expect(router.recorder.lines.contains { $0.hasPrefix("error: late failed") })
    }

    @Test("limits.max_background_work, limits.max_handler_wait: it is unavailable, and all else of the message is done")
    func limits() throws {
        let router = router(["max_background_work": "1", "max_handler_wait": "5s"])
        let (ada, bob) = (router.join(), router.join())
        router.post(late, from: ada)
        router.post(late, from: bob)
        router.endTurn()
        #expect(try briefs(bob, router) == ["others", "unavailable", "ack a"])
        #expect(try briefs(ada, router) == ["others"])
        router.pass(.seconds(5))
        router.endTurn()
        #expect(try briefs(ada, router) == ["unavailable", "ack a"])
        #expect(router.abandoned().count == 1)
    }

    @Test("who has left, or is back on another connection, is not told")
    func gone() throws {
        for grace in [Duration.zero, .seconds(60)] {
            let router = router(grace: grace)
            let (ada, bob) = (router.join(), router.join())
            router.post(late, from: ada)
            let work = router.work()[0]
            router.lose(ada)
            router.endTurn()
            tell("late", work, router)
            #expect(try briefs(ada, router).isEmpty)
            #expect(try briefs(bob, router) == ["others"] + (grace == .zero ? ["leave"] : []))
        }
    }

    @Test("timeouts.grace: who is back neither gets it nor waits for it: nobody was there to be told")
    func givenUp() throws {
        let router = router(grace: .seconds(60))
        let ada = router.open()
        router.endTurn()
        let token = try router.said(to: ada).first { $0.type == "welcome" }?.content["resume"] as? String ?? ""
        router.post(late, from: ada)
        let work = router.work()[0]
        let back = router.open(isReturning: true)
        router.post(#"{"type":"resume","token":"\#(token)","after":0}"#, from: back)
        router.post(#"{"type":"post","content":"x","ref":"b"}"#, from: back)
        router.endTurn()
        #expect(router.abandoned().count == 1)
        #expect(try briefs(back, router) == ["resumed", "ack b"])
        tell("late", work, router)
        #expect(try briefs(back, router).isEmpty)
    }

    @Test("a close frame behind it is answered behind it")
    func closes() throws {
        let router = router()
        let ada = router.join()
        router.post(late, from: ada)
        router.withRouter { $0.closedByClient(ada, nil) }
        router.endTurn()
        #expect(router.sink.closings[ada] == nil)
        tell("late", router.work()[0], router)
        #expect(try briefs(ada, router) == ["told late", "ack a"])
        #expect(router.sink.closings[ada]?.number == 1_000)
    }

    @Test("what is told on entering a room, while the message that led there has waited, comes before its ack")
    func entered() throws {
        let router = TestRouter([.init(Late.self), .init(Translate.self), .init(SlowMover.self)])
        let ada = router.join()
        router.post(#"{"type":"move","ref":"a"}"#, from: ada)
        router.answer(router.work()[0])
        router.endTurn()
        #expect(try briefs(ada, router).isEmpty)
        tell("entered", router.work()[0], router)
        #expect(try briefs(ada, router) == ["told entered", "ack a"])
    }
}

/// Waits, and then moves its sender to another room.
private struct SlowMover: AsyncHandler {
    static let name = "slow-mover"
    static let summary = ""
    static let types: MessageTypes = ["move"]
    var rooms: [String] { ["general", "random"] }
    func work(for message: Message, _ context: borrowing Context) throws -> Work<String> { .waiting { "unused" } }
    func handle(_ message: inout Message, _ answer: String, _ context: inout Context) throws -> Flow {
        context.join("random")
        return .handled
    }
}
