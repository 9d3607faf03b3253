import NIOCore
@testable import RouterCore
import TestSupport
import Testing

@Suite("A tick for several I/O loops")
struct SeveralLoopsTests {
    @Test(
        "whatever happens in a tick, everyone gets what walking its events one by one gives, in at most one write",
        arguments: 0..<25, [1, 2, 3])
    func likeTheModel(seed: UInt64, count: Int) {
        var ticks = RandomTicks(seed: seed, loops: count)
        var model = NaiveDelivery()
        var loops = DeliveryLoops(count)
        for _ in 0..<100 {
            let tick = ticks.next()
            for connection in ticks.ending() {
                loops.remove(connection)
                model.remove(connection)
            }
            loops.open = ticks.open
            let expected = model.deliver(tick) { ticks.open.contains($0) }
            loops.deliver(tick)
            #expect(loops.writes.mapValues { $0.flatMap(\.allBytes) } == expected.bytes)
            #expect(loops.writes.values.allSatisfy { $0.count == 1 })
            #expect(loops.closed == expected.closed)
            loops.forget()
        }
    }

    @Test(
        "who takes a part is kept the rest; who is behind is kept all but what it can do without, in whole frames",
        arguments: 0..<25, [1, 3])
    func behind(seed: UInt64, count: Int) {
        var ticks = RandomTicks(seed: seed, loops: count)
        var model = NaiveDelivery()
        var loops = DeliveryLoops(count)
        for _ in 0..<100 {
            let tick = ticks.next()
            for connection in ticks.ending() {
                loops.remove(connection)
                model.remove(connection)
            }
            ticks.slowDown()
            loops.open = ticks.open
            loops.slowDown(behind: ticks.behind, most: ticks.most)
            let expected = model.deliver(tick, behind: ticks.behind) { ticks.open.contains($0) }
            loops.deliver(tick)
            #expect(loops.writtenAndKept == expected.bytes)
            #expect(ticks.behind.isDisjoint(with: loops.writes.keys))
            loops.forget()
        }
    }

    @Test("a loop is concerned by every post, and by edits of its own connections alone")
    func concerns() {
        var replies = Tick(loops: 3)
        #expect((0..<3).map { replies.concerns(loop: $0) } == [false, false, false])
        replies.reply("hi", to: 4)
        #expect((0..<3).map { replies.concerns(loop: $0) } == [false, true, false])
        var posts = Tick(loops: 3)
        posts.post("hi", to: .everyone)
        #expect((0..<3).map { posts.concerns(loop: $0) } == [true, true, true])
    }

    @Test("all loops write the same bytes: the tick's log is not copied for any of them")
    func oneLog() {
        var loops = DeliveryLoops(3)
        loops.open = Set(0..<30)
        var moves = Tick(loops: 3)
        for connection in 0..<30 { moves.edit(connection, .move(to: [.everyone])) }
        loops.deliver(moves)
        var tick = Tick(loops: 3)
        for text in ["one", "two", "three"] { tick.post(text, to: .everyone) }
        loops.deliver(tick)
        #expect(loops.writes.count == 30)
        #expect(Set(loops.writes.values.flatMap { $0.map(\.address) }) == [tick.shared.address])
    }
}

/// A delivery and a sink for each I/O loop.
private struct DeliveryLoops {
    private var deliveries: [Delivery]
    private let sinks: [RecordingSink]

    init(_ count: Int) {
        deliveries = (0..<count).map { Delivery(loop: $0, of: count) }
        sinks = (0..<count).map { _ in RecordingSink() }
    }

    var open: Set<Int> = [] {
        didSet {
            for index in sinks.indices { sinks[index].open = open.filter { $0 % sinks.count == index } }
        }
    }

    func slowDown(behind: Set<Int>, most: [Int: Int]) {
        for sink in sinks { (sink.behind, sink.most) = (behind, most) }
    }

    mutating func deliver(_ tick: Tick) {
        for index in deliveries.indices { deliveries[index].deliver(tick, to: sinks[index]) }
    }

    mutating func remove(_ connection: Int) { deliveries[connection % sinks.count].remove(connection) }

    func forget() {
        for sink in sinks { sink.forget() }
    }

    var writes: [Int: [ByteBuffer]] {
        sinks.reduce(into: [:]) { all, sink in all.merge(sink.writes) { $0 + $1 } }
    }

    var closed: Set<Int> { Set(sinks.flatMap { $0.closings.keys }) }

    var writtenAndKept: [Int: [UInt8]] {
        let kept = sinks.reduce(into: [:]) { all, sink in all.merge(sink.kept) { left, _ in left } }
        return writes.mapValues { $0.flatMap(\.allBytes) }.merging(kept.mapValues(\.allBytes)) { $0 + $1 }
            .filter { !$0.value.isEmpty }
    }
}
