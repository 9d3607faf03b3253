import HandlerKit
import HandlerTesting
import NIOCore
@testable import RouterCore
import TestSupport
import Testing
import WebSocketWire

@Suite("A message that waits in a handler")
struct WaitingTests {
    private func slow(_ text: String, _ more: String = "") -> String {
        #"{"type":"slow","content":"\#(text)","ref":"\#(text)"\#(more)}"#
    }

    private func post(_ text: String) -> String { #"{"type":"post","content":"\#(text)","ref":"\#(text)"}"# }

    @Test("it is answered when the answer is there, and what its session sent after it comes after it; others go on")
    func order() throws {
        let router = TestRouter([Slow.self, Post.self])
        let (sender, other) = (router.join(), router.join())
        #expect(try router.ask(slow("a"), from: sender).isEmpty)
        for text in [post("b"), "no json", slow("c"), post("d")] { router.post(text, from: sender) }
        router.withRouter { $0.receivedTooLarge(isText: true, from: sender) }
        #expect(try router.ask(post("x"), from: other).map(\.ref) == ["x"])
        #expect(try router.said(to: sender).map(\.contentText) == ["x"])
        let first = router.work()
        #expect(first.count == 1)
        router.answer(first[0])
        router.endTurn()
        var said = try router.said(to: sender)
        #expect(said.map(\.type) == ["answer", "ack", "ack", "error"])
        #expect(said.map(\.ref) == [nil, "a", "b", nil])
        #expect(try router.said(to: other).map(\.contentText) == ["a", "b"])
        router.answer(router.work()[0])
        router.endTurn()
        said = try router.said(to: sender)
        #expect(said.map(\.ref) == [nil, "c", "d", nil])
        #expect(said.last?.code == "message_too_large")
        #expect(try router.said(to: other).map(\.contentText) == ["c", "d"])
        #expect(router.work().isEmpty)
    }

    @Test("an answer that is ready needs no waiting")
    func ready() throws {
        let router = TestRouter([Slow.self])
        let said = try router.ask(slow("a", #","how":"ready""#), from: router.join())
        #expect(said.map(\.type) == ["answer", "ack"])
        #expect(said.first?.content["text"] as? String == "at once")
        #expect(router.work().isEmpty)
    }

    @Test(
        "what its handler throws, before, in place of or behind the answer, undoes what handlers before it said too",
        arguments: ["before", "inPlace", "behind"], ["forbidden", "broken"])
    func thrown(place: String, how: String) throws {
        let router = TestRouter([First.self, Shout.self, Slow.self])
        let (sender, other) = (router.join(), router.join())
        let error: any Error = how == "broken" ? Fail.Broken() : Rejection(.forbidden, "No")
        router.post(slow("a", place == "before" ? #","how":"\#(how)""# : ""), from: sender)
        router.post(slow("b"), from: sender)
        let work = router.work()
        switch place {
        case "inPlace": router.fail(work[0], error)
        case "behind": router.answer(work[0], how)
        default: break
        }
        router.answer((work + router.work()).last!)
        router.endTurn()
        let said = try router.said(to: sender)
        #expect(said.map(\.type) == ["error", "seen", "shouted", "answer", "ack"])
        #expect(said.first?.code == (how == "broken" ? "internal_error" : "forbidden"))
        #expect(said.first?.ref == "a")
        #expect(try router.said(to: other).map(\.contentText) == ["B"])
        #expect(router.recorder.lines.contains("error: slow failed: Broken()") == (how == "broken"))
    }

    @Test("what handlers before it said, and changed in the message, waits with it; handlers after it go on from there")
    func wholeRoute() throws {
        let router = TestRouter([First.self, Shout.self, Translate.self, Second.self, Post.self])
        let (sender, other) = (router.join(), router.join())
        #expect(try router.ask(post("a"), from: sender).isEmpty)
        router.post(#"{"type":"post","content":"between"}"#, from: other)
        let work = router.work()
        #expect(work.count == 2)
        router.answer(work[0], "b")
        router.endTurn()
        let said = try router.said(to: sender)
        #expect(said.map(\.type) == ["seen", "shouted", "translated", "seen", "ack"])
        #expect(said[2].content["text"] as? String == "A")
        #expect(try router.said(to: other).map(\.contentText) == ["b"])
    }

    @Test("two handlers of one route wait one after the other, and what came meanwhile stays behind both")
    func twice() throws {
        let router = TestRouter([Translate.self, Slow.self, Post.self])
        let (sender, other) = (router.join(), router.join())
        router.post(slow("a"), from: sender)
        router.post(post("z"), from: sender)
        let first = router.work()
        router.answer(first[0], "b")
        router.endTurn()
        #expect(try router.said(to: sender).isEmpty)
        let second = router.work()
        #expect(second.count == 1 && second[0].ticket != first[0].ticket)
        router.answer(first[0], "late")
        router.answer(second[0], "c")
        router.answer(router.work()[0], "z")
        router.endTurn()
        let said = try router.said(to: sender)
        #expect(said.map(\.type) == ["translated", "answer", "ack", "translated", "ack"])
        #expect(said[1].content["text"] as? String == "c")
        #expect(try router.said(to: other).map(\.contentText) == ["b", "z"])
    }

    @Test("when the session goes, nothing of it is done, its work may be cancelled, and its late answer is nobody's")
    func gone() throws {
        let router = TestRouter([Parting.self, Slow.self, Post.self])
        let (sender, other) = (router.join(), router.join())
        router.post(slow("a"), from: sender)
        router.post(post("b"), from: sender)
        let work = router.work()
        router.lose(sender)
        #expect(router.abandoned() == [work[0].ticket])
        router.open(sender)
        router.endTurn()
        #expect(try router.said(to: other).map(\.type) == ["gone"])
        router.post(slow("c"), from: sender)
        router.answer(work[0], "late")
        router.endTurn()
        #expect(try router.said(to: sender).isEmpty && router.said(to: other).isEmpty)
        router.answer(router.work()[0], "in time")
        router.endTurn()
        #expect(try router.said(to: sender).map(\.ref) == [nil, "c"])
        #expect(try router.said(to: other).map(\.contentText) == ["c"])
    }

    @Test("a client's close waits its turn behind what it sent before")
    func close() throws {
        let router = TestRouter([Slow.self, Post.self])
        let (sender, other) = (router.join(), router.join())
        for text in [slow("a"), post("b")] { router.post(text, from: sender) }
        router.withRouter { $0.closedByClient(sender, CloseCode(rawValue: 3333)) }
        router.endTurn()
        #expect(router.sink.closings.isEmpty)
        #expect(router.router.usersOnline == 2)
        router.answer(router.work()[0])
        router.endTurn()
        #expect(try router.said(to: sender).map(\.ref) == [nil, "a", "b"])
        #expect(try router.said(to: other).map(\.contentText) == ["a", "b"])
        #expect(router.sink.closings[sender]?.code.rawValue == 3333)
        #expect(router.router.usersOnline == 1)
    }

    @Test("P31: a message sent again while the first one waits is not posted twice")
    func keys() throws {
        let router = TestRouter([Slow.self])
        let (sender, other) = (router.join(), router.join())
        for ref in 1...2 {
            router.post(#"{"type":"slow","content":"a","key":"k","ref":\#(ref)}"#, from: sender)
        }
        router.post(#"{"type":"slow","content":"b","key":"k","ref":3}"#, from: sender)
        router.answer(router.work()[0])
        router.endTurn()
        let said = try router.said(to: sender)
        #expect(said.map(\.type) == ["answer", "ack", "ack", "error"])
        #expect(said.map { $0["ref"] as? Int } == [nil, 1, 2, 3])
        #expect(said.map { $0.content["id"] as? Int } == [nil, 1, 1, nil])
        #expect(try router.said(to: other).count == 1)
        #expect(router.work().isEmpty)
    }

    @Test("what it may do is checked when it is done: who has left the room meanwhile posts nothing there")
    func roomChanged() throws {
        let router = TestRouter([Mover.self, Slow.self, Drag.self])
        let (sender, other) = (router.join(), router.join())
        router.post(#"{"type":"stay","to":"random"}"#, from: sender)
        router.post(slow("a", #","room":"random""#), from: sender)
        router.post(slow("b"), from: sender)
        router.pass(.seconds(1))
        router.answer(router.work()[0])
        router.answer(router.work()[0])
        router.endTurn()
        let said = try router.said(to: sender)
        #expect(said.map(\.code) == ["not_in_room", nil, nil])
        #expect(said.map(\.ref) == ["a", nil, "b"])
        #expect(try router.said(to: other).map { $0["room"] as? String } == ["general"])
    }
}
