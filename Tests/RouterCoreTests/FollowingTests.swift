import NIOCore
@testable import RouterCore
import TestSupport
import Testing

@Suite("Who is behind finds what comes in the log of its group, and costs nothing until it has caught up")
struct FollowingTests {
    private let lounge = Room(1)

    @Test(
        "whatever happens, who follows, catches up, is told something or moves gets every byte once, in order",
        arguments: 0..<40)
    func likeTheModel(seed: UInt64) {
        var (ticks, random) = (RandomTicks(seed: seed), Seeded(seed &+ 1_000))
        var (model, delivery) = (NaiveDelivery(), Delivery())
        let sink = FollowingSink()
        var expected: [Int: [UInt8]] = [:]
        for _ in 0..<200 {
            let tick = ticks.next()
            for connection in ticks.ending() {
                delivery.remove(connection)
                model.remove(connection)
                sink.remove(connection)
                expected[connection] = nil
            }
            sink.open = ticks.open
            sink.most = [:]
            for connection in ticks.open.sorted() {
                if random.happens(1, in: 3) { sink.most[connection] = Int.random(in: 0...40, using: &random) }
                if random.happens(1, in: 3) { sink.drain(connection, upTo: Int.random(in: 0...200, using: &random)) }
            }
            let outcome = model.deliver(tick, behind: sink.behind) { ticks.open.contains($0) }
            delivery.deliver(tick, to: sink)
            for (connection, bytes) in outcome.bytes { expected[connection, default: []] += bytes }
        }
        for connection in ticks.open {
            sink.drain(connection, upTo: .max)
            #expect(
                String(decoding: sink.got[connection, default: []], as: UTF8.self)
                    == String(decoding: expected[connection, default: []], as: UTF8.self))
        }
        #expect(sink.keptSpans > 0)
    }

    @Test("a turn of which a thousand followers get everything calls for none of them")
    func costsNothing() {
        let sink = FollowingSink()
        var delivery = joined(sink, 0..<1_000)
        (sink.open, sink.most) = (Set(0..<1_000), Dictionary(uniqueKeysWithValues: (0..<1_000).map { ($0, 0) }))
        for turn in 0..<50 { delivery.deliver(post("\(turn);"), to: sink) }
        #expect(sink.keptSpans == 1_000)  // in the first turn
        sink.drain(7, upTo: .max)
        #expect(String(decoding: sink.got[7] ?? [], as: UTF8.self) == (0..<50).map { "\($0);" }.joined())
    }

    @Test("who has caught up is sent the next at once")
    func caughtUp() {
        let sink = FollowingSink()
        var delivery = joined(sink, 0..<2)
        sink.most = [0: 0, 1: 0]
        delivery.deliver(post("one;"), to: sink)
        sink.most = [:]
        sink.drain(0, upTo: .max)
        delivery.deliver(post("two;"), to: sink)
        #expect(sink.got[0].map { String(decoding: $0, as: UTF8.self) } == "one;two;")
        #expect(sink.got[1] == [])
    }

    @Test("whoever has too much to get is found in the turn that brings it, however many others there are")
    func overrun() {
        let sink = FollowingSink()
        var delivery = joined(sink, 0..<20)
        sink.most = Dictionary(uniqueKeysWithValues: (0..<20).map { ($0, 0) })
        sink.limit = 100
        for turn in 1...12 {
            if turn > 3 { for connection in 0..<10 { sink.drain(connection, upTo: .max) } }
            delivery.deliver(post(String(repeating: "x", count: 10)), to: sink)
            #expect(sink.overrun == (turn > 10 ? Set(10..<20) : []), "turn \(turn)")
        }
    }

    private func joined(_ sink: FollowingSink, _ connections: Range<Int>) -> Delivery {
        var (delivery, tick) = (Delivery(), Tick())
        sink.open = Set(connections)
        for connection in connections { tick.edit(connection, .move(to: [lounge])) }
        delivery.deliver(tick, to: sink)
        return delivery
    }

    private func post(_ text: String) -> Tick {
        var tick = Tick()
        tick.post(text, to: lounge)
        return tick
    }
}

/// Clients that take only as much as the test says, and find in the log what comes behind what waits for them.
private final class FollowingSink: DeliverySink {
    var open: Set<Int> = []
    /// How much is taken at once; all when nothing is said.
    var most: [Int: Int] = [:]
    var limit = Int.max
    private(set) var got: [Int: [UInt8]] = [:]
    private(set) var overrun: Set<Int> = []
    private(set) var keptSpans = 0
    private var outboxes: [Int: [Piece]] = [:]
    private var followers: Set<Int> = []

    private enum Piece { case own([UInt8]), span(SharedLog.Span) }

    var behind: Set<Int> { Set(outboxes.keys) }

    func remove(_ connection: Int) {
        outboxes[connection] = nil
        followers.remove(connection)
        got[connection] = nil
    }

    /// Takes what waits, up to so much.
    func drain(_ connection: Int, upTo most: Int) {
        lookAgain(connection)
        var (rest, pieces) = (most, outboxes[connection] ?? [])
        while rest > 0, let first = pieces.first {
            let bytes = bytes(of: first).prefix(rest)
            got[connection, default: []] += bytes
            rest -= bytes.count
            switch first {
            case .own(let own): pieces[0] = .own(Array(own.dropFirst(bytes.count)))
            case .span(let span): pieces[0] = .span(span.dropping(bytes.count))
            }
            if self.bytes(of: pieces[0]).isEmpty { pieces.removeFirst() }
        }
        outboxes[connection] = pieces.isEmpty ? nil : pieces
        if pieces.isEmpty { followers.remove(connection) }
    }

    private func bytes(of piece: Piece) -> [UInt8] {
        switch piece {
        case .own(let bytes): bytes
        case .span(let span): span.allBytes
        }
    }

    /// Takes in what has come in the log since.
    private func lookAgain(_ connection: Int) {
        guard followers.contains(connection), case .span(var span)? = outboxes[connection]?.popLast() else { return }
        span.extendToEnd()
        outboxes[connection]?.append(.span(span))
    }

    func isOpen(_ connection: Int) -> Bool { open.contains(connection) }
    func isBehind(_ connection: Int) -> Bool { outboxes[connection] != nil }
    func standing(of connection: Int) -> Standing {
        followers.contains(connection) ? .following : isBehind(connection) ? .behind : .free
    }

    func stopFollowing(_ connection: Int) {
        lookAgain(connection)
        followers.remove(connection)
    }

    func room(for connection: Int) -> Int {
        guard limit < .max else { return .max }
        lookAgain(connection)
        return limit - (outboxes[connection] ?? []).reduce(0) { $0 + bytes(of: $1).count }
    }

    func lose(_ connection: Int) { overrun.insert(connection) }

    func write(_ bytes: ByteBuffer, to connection: Int) -> Int {
        let taken = min(bytes.readableBytes, most[connection] ?? .max)
        got[connection, default: []] += bytes.readableBytesView.prefix(taken)
        return taken
    }

    func keep(_ bytes: ByteBuffer, for connection: Int) {
        outboxes[connection, default: []].append(.own(bytes.allBytes))
    }

    func keep(_ span: SharedLog.Span, for connection: Int) {
        keptSpans += 1
        outboxes[connection, default: []].append(.span(span))
        followers.insert(connection)
    }

    func close(_ connection: Int, _ closing: Closing) {}
    func hold(_ connection: Int) {}
    func goOn(_ connection: Int) {}
    func free(_ connection: Int) {}
}
