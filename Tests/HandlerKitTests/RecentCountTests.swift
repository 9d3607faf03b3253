import HandlerKit
import TestSupport
import Testing

@Suite("Counting over a sliding window")
struct RecentCountTests {
    @Test("the count is that of the window, up to the most that matters", arguments: 0..<10)
    func likeAList(seed: UInt64) {
        var random = Seeded(seed)
        let most = Int.random(in: 1...8, using: &random)
        let window = Int.random(in: 1...50, using: &random)
        var count = RecentCount()
        var times: [Int64] = []
        var now: Int64 = 0
        for _ in 0..<2_000 {
            now += Int64.random(in: 0...12, using: &random)
            times.append(now)
            let recent = times.count { $0 > now - Int64(window) }
            #expect(count.add(now: now, within: window, upTo: most) == min(most, recent))
        }
    }

    @Test("what happened exactly one window ago counts no more")
    func edge() {
        var count = RecentCount()
        #expect(count.add(now: 0, within: 10, upTo: 5) == 1)
        #expect(count.add(now: 9, within: 10, upTo: 5) == 2)
        #expect(count.add(now: 10, within: 10, upTo: 5) == 2)
    }
}
