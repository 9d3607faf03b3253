import NIOCore
@testable import RouterCore
import TestSupport
import Testing

@Suite("What waits for those who are behind")
struct BehindTests {
    private let sink = SlowSink()
    private let lounge = Room(1)

    private func members(_ connections: Range<Int>) -> Delivery {
        var delivery = Delivery()
        var tick = Tick()
        for connection in connections { tick.edit(connection, .move(to: [lounge])) }
        delivery.deliver(tick, to: sink)
        return delivery
    }

    private func posts(_ texts: String..., droppable: Set<String> = []) -> Tick {
        var tick = Tick()
        for text in texts { tick.post(text, to: lounge, isDroppable: droppable.contains(text)) }
        return tick
    }

    @Test("a thousand who are behind hold one copy, tick after tick, each as one span")
    func oneCopy() {
        var delivery = members(0..<1_000)
        for turn in 0..<50 { delivery.deliver(posts("\(turn);", "and;"), to: sink) }
        let expected = (0..<50).map { "\($0);and;" }.joined()
        #expect(sink.spans.values.allSatisfy { $0.count == 1 })
        #expect(sink.spans.values.allSatisfy { String(decoding: $0[0].allBytes, as: UTF8.self) == expected })
        #expect(Set(sink.spans.values.map { ObjectIdentifier($0[0].chunk) }).count == 1)
        #expect(sink.spans.count == 1_000)
        #expect(sink.copies.isEmpty)
    }

    @Test("who takes a part of it joins them behind that part")
    func partial() {
        var delivery = members(0..<4)
        (sink.behind, sink.most) = ([0], [1: 3, 2: 0, 3: 8])
        delivery.deliver(posts("one;", "two;"), to: sink)
        #expect((0..<4).map { sink.text($0) } == ["one;two;", ";two;", "one;two;", ""])
        #expect(Set(sink.spans.values.map { ObjectIdentifier($0[0].chunk) }).count == 1)
    }

    @Test("with something among it that can be done without, who takes a part gets all of it, as bytes of its own")
    func partialOfDroppable() {
        var delivery = members(0..<2)
        (sink.behind, sink.most) = ([0], [1: 6])
        delivery.deliver(posts("one;", "typing;", "two;", droppable: ["typing;"]), to: sink)
        #expect(sink.text(0) == "one;two;")
        #expect(sink.copies[1].map { String(buffer: $0) } == "ping;two;")
    }

    @Test("where all can be done without, nothing is kept for who is behind")
    func onlyDroppable() {
        var delivery = members(0..<2)
        sink.behind = [0, 1]
        delivery.deliver(posts("typing;", droppable: ["typing;"]), to: sink)
        #expect(sink.calls.isEmpty)
    }

    @Test("what differs for one who is behind waits as its own bytes, without what it can do without")
    func edited() {
        var delivery = members(0..<2)
        sink.behind = [0, 1]
        var tick = posts("one;", "typing;", droppable: ["typing;"])
        tick.reply("reply;", to: 0)
        tick.post("two;", to: lounge, except: 0)
        tick.post("three;", to: lounge)
        delivery.deliver(tick, to: sink)
        #expect(sink.copies[0].map { String(buffer: $0) } == "one;reply;three;")
        #expect(sink.text(1) == "one;two;three;")
    }

    @Test("when all have caught up, nobody holds what had to wait")
    func freed() {
        var delivery = members(0..<3)
        sink.behind = [0, 1, 2]
        delivery.deliver(posts("one;"), to: sink)
        weak let chunk = sink.spans[0]?.first?.chunk
        #expect(chunk != nil)
        (sink.behind, sink.most, sink.spans) = ([], [0: .max, 1: .max, 2: .max], [:])
        delivery.deliver(posts("two;"), to: sink)
        #expect(chunk == nil)
    }

    @Test("one who reads hardly anything does not hold all that others have waited for since")
    func boundedChain() {
        var delivery = members(0..<2)
        sink.behind = [0, 1]
        delivery.deliver(posts("first;"), to: sink)
        var move = Tick()
        move.edit(0, .move(to: []))
        delivery.deliver(move, to: sink)
        weak var late: SharedLog.Chunk?
        for turn in 0..<100 {
            sink.spans[1] = nil
            delivery.deliver(posts(String(repeating: "\(turn % 10)", count: 64 << 10)), to: sink)
            if turn == 80 { late = sink.spans[1]?.first?.chunk }
        }
        #expect(sink.text(0) == "first;")
        #expect(late == nil)
    }

    // MARK: - The order of everything else

    @Test("what becomes of a connection comes behind the bytes of its turn, and its number is free at the very end")
    func order() {
        var delivery = members(0..<3)
        sink.most = [0: .max, 1: .max, 2: .max]
        var tick = Tick()
        tick.edit(2, .gone)
        tick.post("one;", to: lounge)
        tick.edit(0, .hold)
        tick.reply("two;", to: 0)
        tick.edit(1, .hold)
        tick.edit(1, .goOn)
        tick.reply("bye;", to: 2)
        tick.edit(2, .close(.noPong))
        tick.edit(1_007, .gone)
        delivery.deliver(tick, to: sink)
        #expect(
            sink.calls == [
                "write one;bye; to 2", "close 2", "write one;two; to 0", "hold 0", "write one; to 1", "go on 1",
                "free 2", "free 1007",
            ])
    }

    @Test("the last word on whether a connection is held counts")
    func holdAgain() {
        var delivery = members(0..<1)
        var tick = Tick()
        for change in [Tick.Change.goOn, .hold] { tick.edit(0, change) }
        delivery.deliver(tick, to: sink)
        #expect(sink.calls == ["hold 0"])
    }
}

/// Clients that take only as much as the test says, nothing unless it does; and the outboxes of those.
private final class SlowSink: DeliverySink {
    var behind: Set<Int> = []
    var most: [Int: Int] = [:]
    var spans: [Int: [SharedLog.Span]] = [:]
    private(set) var copies: [Int: ByteBuffer] = [:]
    private(set) var calls: [String] = []

    func text(_ connection: Int) -> String {
        String(decoding: (spans[connection] ?? []).flatMap(\.allBytes), as: UTF8.self)
    }

    func isOpen(_ connection: Int) -> Bool { connection < 1_000 }
    func isBehind(_ connection: Int) -> Bool { behind.contains(connection) }

    func write(_ bytes: ByteBuffer, to connection: Int) -> Int {
        let taken = min(bytes.readableBytes, most[connection] ?? 0)
        if taken > 0 { calls.append("write \(String(buffer: bytes).prefix(taken)) to \(connection)") }
        return taken
    }

    func keep(_ bytes: ByteBuffer, for connection: Int) {
        calls.append("keep")
        copies[connection, default: ByteBuffer()].writeImmutableBuffer(bytes)
    }

    func keep(_ span: SharedLog.Span, for connection: Int) {
        calls.append("keep")
        behind.insert(connection)
        var kept = spans[connection] ?? []
        if kept.isEmpty || !kept[kept.count - 1].join(span) { kept.append(span) }
        spans[connection] = kept
    }

    func close(_ connection: Int, _ closing: Closing) { calls.append("close \(connection)") }
    func hold(_ connection: Int) { calls.append("hold \(connection)") }
    func goOn(_ connection: Int) { calls.append("go on \(connection)") }
    func free(_ connection: Int) { calls.append("free \(connection)") }
}
