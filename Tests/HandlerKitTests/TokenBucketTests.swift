import HandlerKit
import TestSupport
import Testing

@Suite("Token buckets")
struct TokenBucketTests {
    /// The same in whole numbers: a token is `1000 * denominator` parts, a millisecond brings `numerator` of them back.
    private struct Exact {
        let burst: Int
        let numerator: Int
        let denominator: Int
        var level: Int
        var last: Int64 = 0

        init(burst: Int, numerator: Int, denominator: Int) {
            (self.burst, self.numerator, self.denominator) = (burst, numerator, denominator)
            level = burst * 1_000 * denominator
        }

        mutating func take(now: Int64) -> Int? {
            let token = 1_000 * denominator
            level = min(burst * token, level + Int(now - last) * numerator)
            last = now
            guard level < token else {
                level -= token
                return nil
            }
            return (token - level + numerator - 1) / numerator
        }
    }

    @Test(
        "what is granted, and when there will be more, is exact over any time",
        arguments: [(1, 1), (5, 1), (1, 2), (8, 1), (1, 100), (1_000, 1), (3, 1), (7, 10), (1_000_000, 1)])
    func exact(numerator: Int, denominator: Int) {
        for burst in [1, 2, 3, 20, 1_000] {
            var random = Seeded(UInt64(burst))
            var bucket = TokenBucket()
            var model = Exact(burst: burst, numerator: numerator, denominator: denominator)
            var now: Int64 = 0
            for _ in 0..<3_000 {
                now +=
                    random.happens(1, in: 2)
                    ? 0 : Int64.random(in: 0...(Int64(2_000 * denominator / numerator) + 2), using: &random)
                let wait = bucket.take(burst: burst, perSecond: Double(numerator) / Double(denominator), now: now)
                let exact = model.take(now: now)
                #expect((wait == nil) == (exact == nil))
                // Thirds of a millisecond have no exact binary form: one more at most.
                if let wait, let exact {
                    #expect(wait == exact || wait == exact + 1 && 1_000 * denominator % numerator != 0)
                }
            }
        }
    }

    @Test("who waits as long as was said gets one, and not a millisecond earlier")
    func wait() {
        var bucket = TokenBucket()
        var now: Int64 = 5_000
        for _ in 0..<3 { #expect(bucket.take(burst: 3, perSecond: 0.4, now: now) == nil) }
        for _ in 0..<20 {
            let wait = bucket.take(burst: 3, perSecond: 0.4, now: now)
            #expect(wait == 2_500)
            now += 2_499
            #expect(bucket.take(burst: 3, perSecond: 0.4, now: now) == 1)
            now += 1
            #expect(bucket.take(burst: 3, perSecond: 0.4, now: now) == nil)
        }
    }

    @Test("no more than the burst is ever saved up, however long nothing was taken")
    func saved() {
        var bucket = TokenBucket()
        for time in [Int64(0), 1_000_000_000, 4_000_000_000_000] {
            for _ in 0..<4 { #expect(bucket.take(burst: 4, perSecond: 10, now: time) == nil) }
            #expect(bucket.take(burst: 4, perSecond: 10, now: time) == 100)
        }
    }
}
