import HandlerKit
import HandlerTesting
import NIOCore
@testable import RouterCore
import TestSupport
import Testing

@Suite("What waits in a handler is limited: in number, in time and in bytes")
struct WaitingLimitTests {
    private func slow(_ text: String, _ more: String = "") -> String {
        #"{"type":"slow","content":"\#(text)","ref":"\#(text)"\#(more)}"#
    }

    private func post(_ text: String) -> String { #"{"type":"post","content":"\#(text)","ref":"\#(text)"}"# }

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

    @Test("limits.max_waiting_messages: so many wait, and then nothing more is read until one of them is through")
    func bound() throws {
        let router = TestRouter([Slow.self, Post.self], limits: .with(["max_waiting_messages": "3"]))
        let sender = router.join()
        router.post(slow("a"), from: sender)
        for (text, isHeld) in [(slow("b"), false), (post("c"), false), (slow("d"), true)] {
            router.post(text, from: sender)
            #expect(router.isHeld(sender) == isHeld)
        }
        router.endTurn()
        router.answer(router.work()[0])
        #expect(!router.isHeld(sender))
        #expect(router.router.tick.parts[0].edits.contains { if case .goOn = $0.change { true } else { false } })
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
        guard case .message(let turn) = router.router.sessions[1]?.waiting?.aim else {
            Issue.record("it waits for nothing")
            return
        }
        #expect(turn.message.object.text.storageCapacity < 1_024)
        #expect(try #require(turn.request.ref).text.storageCapacity < 1_024)
        router.answer(router.work()[0])
        router.endTurn()
        #expect(try router.said(to: sender).map(\.ref) == [nil, "a"])
    }
}
