import HandlerKit
import TestSupport
import Testing

@Suite("Buckets by key")
struct BucketTableTests {
    @Test("a table that forgets gives and refuses exactly as one bucket for each key does")
    func sameAsSingleBuckets() {
        for (burst, perSecond) in [(1, 0.5), (3, 10.0), (20, 5.0)] {
            var random = Seeded(UInt64(burst))
            var table = BucketTable<Int>(most: 1_000)
            var single = Array(repeating: TokenBucket(), count: 8)
            var now: Int64 = 0
            for _ in 0..<4_000 {
                now += random.happens(1, in: 3) ? Int64.random(in: 0...3_000, using: &random) : 0
                let key = Int.random(in: 0..<8, using: &random)
                let expected = single[key].take(burst: burst, perSecond: perSecond, now: now)
                #expect(table.take(from: key, burst: burst, perSecond: perSecond, now: now) == expected)
            }
        }
    }

    @Test("what is full again is forgotten")
    func forgets() {
        var table = BucketTable<Int>(most: 1_000)
        for key in 0..<100 { _ = table.take(from: key, burst: 10, perSecond: 5, now: 1_000) }
        #expect(table.count == 100)
        for time in [3_000, 5_000] as [Int64] { _ = table.take(from: 7, burst: 10, perSecond: 5, now: time) }
        #expect(table.count == 1)
    }

    @Test("there are never more than the most, and those touched first go first")
    func most() {
        var table = BucketTable<Int>(most: 10)
        for key in 0..<1_000 {
            _ = table.take(from: key, burst: 1, perSecond: 0.01, now: 1)
            #expect(table.count <= 10)
        }
        #expect(!table[999].isNew && !table[995].isNew && table[900].isNew)
    }

    @Test("a bucket that is kept is the one that is found, and the emptier of two is the one with less in it")
    func keeps() {
        var table = BucketTable<Int>(most: 10)
        var full = TokenBucket()
        #expect(full.isNew)
        _ = full.take(burst: 2, perSecond: 1, now: 0)
        var empty = full
        _ = empty.take(burst: 2, perSecond: 1, now: 0)
        for pair in [(full, empty), (empty, full)] {
            table.keep(.emptier(pair.0, pair.1), for: 1, burst: 2, perSecond: 1, now: 0)
            #expect(table.take(from: 1, burst: 2, perSecond: 1, now: 0) == 1_000)
        }
    }
}
