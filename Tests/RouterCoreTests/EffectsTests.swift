import HandlerKit
import RouterCore
import NIOConcurrencyHelpers
import TestSupport
import Testing
import WebSocketWire

@Suite("Effects happen when the handlers return, or not at all")
struct EffectsTests {
    private let router = TestRouter([First.self, Fail.self, Post.self])

    @Test("all effects happen in the order they were given when nothing is thrown")
    func all() throws {
        let (sender, other) = (router.join(), router.join())
        let said = try router.ask(#"{"type":"fail","content":"x"}"#, from: sender)
        #expect(said.map(\.type) == ["seen", "half", "private_message", "private_message_sent"])
        #expect(said.map(\.id) == [0, 0, 2, 2])
        let heard = try router.said(to: other)
        #expect(heard.map(\.type) == ["half", "half"])
        #expect(heard.map(\.id) == [0, 1])
        #expect(heard.map { $0["from_name"] as? String } == ["Somebody", "Somebody"])
    }

    @Test(
        "when a handler throws half-way, nothing of the message happens: not its effects, and not those before it",
        arguments: ["forbidden", "broken", "closing"])
    func nothing(how: String) throws {
        let (sender, other) = (router.join(), router.join())
        let said = try router.ask(#"{"type":"fail","content":"x","how":"\#(how)","ref":5}"#, from: sender)
        #expect(said.map(\.type) == ["error"])
        #expect(said.first?["ref"] as? Int == 5)
        #expect(try router.said(to: other).isEmpty)
        router.post(#"{"type":"post","content":"y"}"#, from: other)
        router.post(#"{"type":"post","content":"z"}"#, from: sender)
        router.endTurn()
        #expect(try router.said(to: sender).filter { $0.type == "post" }.map(\.id) == (how == "closing" ? [] : [1]))
        let last = try router.said(to: other).filter { $0.type == "post" }
        #expect(last.map(\.id) == (how == "closing" ? [] : [2]))
        #expect(last.allSatisfy { $0["from_name"] as? String == "User1" })
    }

    @Test("a refusal is told as it was thrown")
    func rejection() throws {
        let said = try router.ask(#"{"type":"fail","content":"x","how":"forbidden"}"#, from: router.join())
        #expect(
            said.map(\.text) == [
                #"{"type":"error","content":{"message":"No","code":"forbidden","retry_after_ms":7},"timestamp":1767323045}"#
            ])
        #expect(!router.recorder.lines.contains { $0.hasPrefix("error") })
    }

    @Test("any other error is answered internal_error, and logged with the handler's name")
    func broken() throws {
        let said = try router.ask(#"{"type":"fail","content":"x","how":"broken"}"#, from: router.join())
        #expect(said.map(\.code) == ["internal_error"])
        #expect(router.recorder.lines.last == "error: breaks failed: Broken()")
    }

    @Test("a message that breaks its handler harms no other of the same tick")
    func othersUnaffected() throws {
        let (one, two, three) = (router.join(), router.join(), router.join())
        router.post(#"{"type":"post","content":"before"}"#, from: one)
        router.post(#"{"type":"fail","content":"x","how":"broken"}"#, from: two)
        router.post(#"{"type":"post","content":"after"}"#, from: one)
        router.post(#"{"type":"post","content":"own"}"#, from: two)
        router.endTurn()
        #expect(try router.said(to: three).map(\.contentText) == ["before", "after", "own"])
        #expect(try router.said(to: three).isEmpty)
        #expect(try router.said(to: two).map(\.type) == ["post", "error", "post", "seen"])
    }

    @Test(
        "a post goes to the room that its message names, if there is one",
        arguments: [
            ("", nil), (#","room":null"#, nil), (#","room":"general""#, nil), (#","room":"gener\u0061l""#, nil),
            (#","room":"nowhere""#, "room_not_found"), (#","room":"""#, "room_not_found"),
            (#","room":5"#, "invalid_message"),
        ])
    func room(member: String, refusal: String?) throws {
        let router = TestRouter([Post.self])
        let (sender, other) = (router.join(), router.join())
        let said = try router.ask(#"{"type":"post","content":"x"\#(member)}"#, from: sender)
        #expect(said.map(\.code) == (refusal.map { [$0] } ?? []))
        #expect(try router.said(to: other).map { $0["room"] as? String } == (refusal == nil ? ["general"] : []))
    }

    @Test("a frame that breaks its handler is answered by nothing of what it asked for, and the next one works")
    func brokenFrame() {
        let router = TestRouter([Mirror.self])
        let sender = router.join()
        for text in ["one", "break", "two"] { router.post(text, from: sender) }
        router.endTurn()
        #expect(router.sink.takeFrames(of: sender).map(\.text) == ["one", "two"])
        #expect(router.recorder.lines.last == "error: mirror failed: Broken()")
    }

    @Test("a message that no handler of its route answers is a fault of ours, and is told")
    func unanswered() throws {
        let router = TestRouter([Shrug.self])
        let said = try router.ask(#"{"type":"shrug","ref":1}"#, from: router.join())
        #expect(said.map(\.code) == ["internal_error"])
        #expect(router.recorder.lines.contains { $0.contains("shrug") })
    }

    @Test("what a handler shares is its own again once the turn is delivered: it grows without being copied")
    func shared() throws {
        let router = TestRouter([Lister.self])
        let asking = router.join()
        let turns = try (0..<5).map { _ in try router.ask(#"{"type":"list"}"#, from: asking)[0] }
        #expect(
            turns.map { $0.text.count(where: { $0 == "," }) - turns[0].text.count(where: { $0 == "," }) } == [
                0, 1, 2, 3, 4,
            ])
        #expect(Set(turns.map { $0["place"] as? Int }).count == 1)
        for _ in 0..<2 { router.post(#"{"type":"list"}"#, from: asking) }
        router.endTurn()
        #expect(Set(try router.said(to: asking).map { $0["place"] as? Int }).count == 2)
    }

    @Test("when the router stops, every handler hears of everybody's end, and nobody is told of the others'")
    func stop() throws {
        let router = TestRouter([Witness.self])
        let (ada, bob) = (router.join(), router.join())
        router.withRouter { $0.stop() }
        router.endTurn()
        #expect(router.router.usersOnline == 0)
        #expect(Witness.left.withLockedValue { $0 } == [1, 2])
        #expect(try router.said(to: ada).map(\.code) == ["shutting_down"])
        #expect(try router.said(to: bob).map(\.code) == ["shutting_down"])
    }
}
