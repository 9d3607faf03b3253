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
        var run = FollowingRun(seed: seed)
        for _ in 0..<200 { run.turn() }
        run.end()
        #expect(run.faults == [])
        #expect(run.keptSpans > 0)
    }

    @Test("where the log begins anew, all who follow have got what was in it before", arguments: 0..<20)
    func beginsAnew(seed: UInt64) {
        var run = FollowingRun(
            seed: seed, logSizes: .init(chunk: [1, 16, 60][Int(seed % 3)], chain: 1 + Int(seed % 4)))
        for _ in 0..<200 { run.turn() }
        run.end()
        #expect(run.faults == [])
        #expect(run.keptSpans > 0)
    }

    @Test("who follows a log to its end goes on in the next, and gets nothing twice")
    func endOfTheLog() {
        let sink = FollowingSink()
        var delivery = joined(sink, 0..<2, logSizes: .init(chunk: 10, chain: 2))
        sink.most = [0: 0, 1: 0]
        for turn in 0..<9 { delivery.deliver(post("\(turn)abcd;"), to: sink) }
        sink.drain(0, upTo: .max)
        #expect(sink.got[0].map { String(decoding: $0, as: UTF8.self) } == (0..<9).map { "\($0)abcd;" }.joined())
        #expect(sink.keptSpans > 4)  // each log anew has to be told
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

    private func joined(
        _ sink: FollowingSink, _ connections: Range<Int>, logSizes: SharedLog.Sizes = .init()
    ) -> Delivery {
        var (delivery, tick) = (Delivery(logSizes: logSizes), Tick())
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
