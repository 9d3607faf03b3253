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

    @Test("limits.max_handler_wait: it is answered unavailable, the next ones go on, and a late answer is nobody's")
    func tooLong() throws {
        let router = TestRouter([Shout.self, Slow.self, Post.self], limits: .with(["max_handler_wait": "5s"]))
        let (sender, other) = (router.join(), router.join())
        for text in [slow("a"), post("b")] { router.post(text, from: sender) }
        router.pass(.seconds(3))
        router.post(slow("c"), from: sender)
        let work = router.work()
        router.pass(.milliseconds(1_999))
        router.endTurn()
        #expect(try router.said(to: sender).isEmpty && router.abandoned().isEmpty)
        router.pass(.milliseconds(1))
        router.endTurn()
        let said = try router.said(to: sender)
        #expect(said.map(\.type) == ["error", "shouted", "ack"])
        #expect(said.map(\.ref) == ["a", nil, "b"])
        #expect(said.first?.code == "unavailable")
        #expect(said.first?.content["retry_after_ms"] as? Int == 1_000)
        #expect(try router.said(to: other).map(\.contentText) == ["B"])
        #expect(router.abandoned() == [work[0].ticket])
        #expect(router.recorder.lines.contains { $0.hasPrefix("error: slow has not answered for 5s") })
        router.answer(work[0], "late")
        router.pass(.milliseconds(4_999))
        router.endTurn()
        #expect(try router.said(to: sender).isEmpty)
        router.answer(router.work()[0], "in time")
        router.pass(.seconds(9))
        router.endTurn()
        #expect(try router.said(to: sender).map(\.ref) == [nil, nil, "c"])
    }

    @Test("each wait has its own time, and however many there were, one alarm is set for a session")
    func alarms() throws {
        let router = TestRouter([Slow.self], limits: .with(["max_handler_wait": "5s"]))
        let sender = router.join()
        for number in 0..<100 {
            router.post(slow("\(number)"), from: sender)
            router.pass(.milliseconds(40))
            router.answer(router.work()[0])
            router.endTurn()
        }
        #expect(try router.said(to: sender).count == 200)
        router.post(slow("last"), from: sender)
        router.pass(.milliseconds(4_999))
        router.endTurn()
        #expect(try router.said(to: sender).isEmpty)
        router.pass(.milliseconds(1))
        router.endTurn()
        #expect(try router.said(to: sender).map(\.code) == ["unavailable"])
        let next = router.router.nextDue
        #expect(next == nil)
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

    @Test("limits.max_waiting_messages: so many wait, and then nothing more is read until one of them is through")
    func bound() throws {
        let router = TestRouter([Slow.self, Post.self], limits: .with(["max_waiting_messages": "3"]))
        let sender = router.join()
        router.post(slow("a"), from: sender)
        for (text, isFull) in [(slow("b"), false), (post("c"), false), (slow("d"), true)] {
            router.post(text, from: sender)
            #expect(router.isFull(sender) == isFull)
        }
        router.answer(router.work()[0])
        #expect(router.relieved() == [sender] && !router.isFull(sender))
        router.answer(router.work()[0])
        #expect(router.relieved().isEmpty)
    }

    @Test("whoever is closed while as much as may waits is read again, up to its own close frame")
    func closedWhileFull() throws {
        let router = TestRouter([Slow.self], limits: .with(["max_waiting_messages": "1"]))
        let sender = router.join()
        for text in [slow("a"), slow("b")] { router.post(text, from: sender) }
        #expect(router.isFull(sender))
        router.withRouter { $0.stop() }
        #expect(router.relieved() == [sender])
        #expect(router.abandoned() == [router.work()[0].ticket])
        router.endTurn()
        #expect(try router.said(to: sender).map(\.code) == ["shutting_down"])
    }

    @Test("a message that waits holds its own bytes, and not the buffer in which it came")
    func ownBytes() throws {
        let router = TestRouter([Slow.self])
        let sender = router.join()
        var buffer = ByteBuffer(repeating: 0x20, count: 64 << 10)
        let start = buffer.writerIndex
        buffer.writeString(slow("a"))
        let text = try #require(buffer.getSlice(at: start, length: buffer.writerIndex - start))
        router.withRouter { $0.received(text, from: sender) }
        let turn = try #require(router.router.sessions[1]?.waiting?.turn)
        #expect(turn.message.object.text.storageCapacity < 1_024)
        #expect(turn.request.ref.storageCapacity < 1_024)
        router.answer(router.work()[0])
        router.endTurn()
        #expect(try router.said(to: sender).map(\.ref) == [nil, "a"])
    }
}
