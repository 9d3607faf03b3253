import NIOCore
@testable import RouterCore
import TestSupport
import Testing
import WebSocketWire

@Suite("A tick becomes one write per member")
struct DeliveryTests {
    private let sink = RecordingSink()
    private let lounge = Room(1)
    private let garden = Room(2)

    private func members(_ connections: Range<Int>, of rooms: [Room]) -> Delivery {
        var delivery = Delivery()
        var tick = Tick()
        for connection in connections {
            sink.open.insert(connection)
            tick.edit(connection, .move(to: rooms))
        }
        delivery.deliver(tick, to: sink)
        return delivery
    }

    private func text(_ connection: Int) -> String? {
        sink.writes[connection].map { $0.map { String(buffer: $0) }.joined(separator: "|") }
    }

    @Test("what one connection posts in a row is a single edit of its own, until another posts or it is told something")
    func ownPostsInARow() {
        var tick = Tick()
        for _ in 1...3 { tick.post("a", to: Room(1), except: 7) }
        tick.post("b", to: Room(1), except: 8)
        tick.post("a", to: Room(1), except: 7)
        tick.reply("r", to: 7)
        tick.post("a", to: Room(1), except: 7)
        tick.post("system", to: Room(1))
        tick.post("a", to: Room(1), except: 7)
        let skips = tick.parts[0].edits.map { edit in
            if case .skip(let count) = edit.change { return "\(edit.connection): \(count) from \(edit.place)" }
            return "\(edit.connection): reply at \(edit.place)"
        }
        #expect(
            skips == ["7: 3 from 0", "8: 1 from 3", "7: 1 from 4", "7: reply at 5", "7: 1 from 5", "7: 1 from 7"])
    }

    @Test("three posts of a tick leave in one write per member, which is the tick's log itself")
    func onePerMember() {
        var delivery = members(0..<50, of: [.everyone, lounge])
        var tick = Tick()
        for text in ["one", "two", "three"] { tick.post(text, to: lounge) }
        delivery.deliver(tick, to: sink)
        for connection in 0..<50 {
            #expect(text(connection) == "onetwothree")
            #expect(sink.writes[connection]?.first?.address == tick.shared.address)
        }
    }

    @Test("a sender gets all but its own posts, still in one write")
    func ownPostsSkipped() {
        var delivery = members(0..<3, of: [lounge])
        var tick = Tick()
        tick.post("a", to: lounge, except: 0)
        tick.post("b", to: lounge, except: 1)
        tick.post("c", to: lounge, except: 0)
        delivery.deliver(tick, to: sink)
        #expect(text(0) == "b")
        #expect(text(1) == "ac")
        #expect(text(2) == "abc")
    }

    @Test("a sender whose posts are the first or the last gets a slice of the log, not a copy")
    func edgesAreNotCopied() {
        var delivery = members(0..<2, of: [lounge])
        var tick = Tick()
        tick.post("a", to: lounge, except: 0)
        tick.post("b", to: lounge)
        tick.post("c", to: lounge, except: 0)
        delivery.deliver(tick, to: sink)
        #expect(text(0) == "b")
        #expect(sink.writes[0]?.first?.address == tick.shared.address.map { $0 + 1 })
    }

    @Test("members of the same rooms share one joined run when other rooms post in between")
    func joinedRunIsShared() {
        var delivery = members(0..<3, of: [lounge])
        var tick = Tick()
        tick.post("a", to: lounge)
        tick.post("-", to: garden)
        tick.post("b", to: lounge)
        delivery.deliver(tick, to: sink)
        #expect((0..<3).map(text) == ["ab", "ab", "ab"])
        #expect(Set((0..<3).map { sink.writes[$0]?.first?.address }).count == 1)
    }

    @Test("replies stand where they were said among the posts")
    func replies() {
        var delivery = members(0..<2, of: [lounge])
        var tick = Tick()
        tick.reply("<", to: 0)
        tick.post("a", to: lounge)
        tick.reply("-", to: 0)
        tick.post("b", to: lounge)
        tick.reply(">", to: 0)
        delivery.deliver(tick, to: sink)
        #expect(text(0) == "<a-b>")
        #expect(text(1) == "ab")
    }

    @Test("a reply around a content that many get stands where it was said, and the content is held, not copied")
    func repliesAroundContent() {
        var delivery = members(0..<2, of: [lounge])
        var tick = Tick()
        let content = ByteBuffer(string: "[1,2,3]")
        let frame = OutgoingFrame(type: "m", content: lasting("[1,2,3]"), timestamp: 5)
        tick.post("a", to: lounge)
        for connection in 0..<2 { tick.reply(frame, around: content, to: connection) }
        tick.post("b", to: lounge)
        for edit in tick.parts[0].edits {
            guard case .insertAround(let held, _, _) = edit.change else { continue }
            #expect(held.address == content.address)
        }
        delivery.deliver(tick, to: sink)
        var expected = ByteBuffer(string: "a")
        _ = frame.write(into: &expected)
        expected.writeString("b")
        for connection in 0..<2 { #expect(sink.writes[connection] == [expected]) }
    }

    @Test("bytes that a tick shares count as replies, but not as its own")
    func bytesOfSharedContent() {
        var (shared, copied) = (Tick(), Tick())
        let frame = OutgoingFrame(type: "m", content: lasting("[1,2,3]"), timestamp: 5)
        shared.reply(frame, around: ByteBuffer(string: "[1,2,3]"), to: 0)
        copied.reply(frame, to: 0)
        #expect(shared.replyBytes == copied.replyBytes)
        #expect(shared.ownBytes == copied.ownBytes - 7)
        shared.clear()
        #expect([shared.replyBytes, shared.ownBytes] == [0, 0])
    }

    @Test("who changes rooms gets the posts of the old one up to there, and of the new one from there")
    func changingRooms() {
        var delivery = members(0..<1, of: [lounge])
        var tick = Tick()
        tick.post("l1", to: lounge)
        tick.post("g1", to: garden)
        tick.edit(0, .move(to: [garden]))
        tick.post("l2", to: lounge)
        tick.post("g2", to: garden)
        delivery.deliver(tick, to: sink)
        #expect(text(0) == "l1g2")
    }

    @Test("nothing said after a close reaches the connection, in this tick or the next")
    func nothingAfterClose() {
        var delivery = members(0..<2, of: [lounge])
        var tick = Tick()
        tick.post("a", to: lounge)
        tick.reply("error", to: 0)
        tick.edit(0, .close(.noPong))
        tick.post("b", to: lounge)
        tick.reply("late", to: 0)
        tick.edit(0, .move(to: [lounge]))
        delivery.deliver(tick, to: sink)
        #expect(text(0) == "aerror")
        #expect(sink.closings[0]?.code == .noPong)
        sink.forget()
        var next = Tick()
        next.post("c", to: lounge)
        delivery.deliver(next, to: sink)
        #expect(text(0) == nil)
        #expect(text(1) == "c")
    }

    @Test("who gets a number that was another's gets nothing that was meant for that one")
    func reusedNumber() {
        var delivery = members(0..<2, of: [lounge])
        delivery.remove(0)
        var tick = Tick()
        tick.post("before", to: lounge, except: 0)
        tick.reply("welcome", to: 0)
        tick.edit(0, .move(to: [garden]))
        tick.post("lounge", to: lounge)
        tick.post("garden", to: garden)
        delivery.deliver(tick, to: sink)
        #expect(text(0) == "welcomegarden")
        #expect(text(1) == "beforelounge")
    }

    @Test("whoever ended before its turn was delivered is not written to, and is no member")
    func endedWithinTheTick() {
        var delivery = members(0..<2, of: [lounge])
        var tick = Tick()
        tick.reply("welcome", to: 5)
        tick.edit(5, .move(to: [lounge]))
        tick.post("a", to: lounge)
        delivery.deliver(tick, to: sink)
        sink.open.insert(5)
        sink.forget()
        var next = Tick()
        next.post("b", to: lounge)
        delivery.deliver(next, to: sink)
        #expect(text(5) == nil)
    }

    @Test("an empty tick, and posts to rooms without members, write nothing")
    func nothing() {
        var delivery = members(0..<2, of: [lounge])
        delivery.deliver(Tick(), to: sink)
        var tick = Tick()
        tick.post("a", to: garden, except: 1)
        delivery.deliver(tick, to: sink)
        #expect(sink.writes.isEmpty)
    }
}
