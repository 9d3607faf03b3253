/// Token buckets by key, of those that are not full: whoever is not among them has a full one.
///
/// There are two generations. A bucket that is touched moves to the younger; the older is forgotten whenever as much time
/// has passed as any bucket takes to fill, and when there are too many.
public struct BucketTable<Key: Hashable & Sendable>: Sendable {
    private let most: Int
    private var younger: [Key: TokenBucket] = [:]
    private var older: [Key: TokenBucket] = [:]
    private var agesAt: Int64 = 0

    /// - Parameter most: of how many keys buckets are kept, 2 or more; past that those that were touched first are forgotten.
    public init(most: Int) { self.most = most }

    /// How many buckets are kept.
    public var count: Int { younger.count + older.count }

    public subscript(key: Key) -> TokenBucket { younger[key] ?? older[key] ?? TokenBucket() }

    /// Takes one token of a key's bucket, as `TokenBucket.take` does.
    public mutating func take(from key: Key, burst: Int, perSecond: Double, now: Int64) -> Int? {
        var bucket = self[key]
        let wait = bucket.take(burst: burst, perSecond: perSecond, now: now)
        keep(bucket, for: key, burst: burst, perSecond: perSecond, now: now)
        return wait
    }

    /// Keeps a bucket until it is full: one of the same `burst` and `perSecond` as all others.
    public mutating func keep(_ bucket: TokenBucket, for key: Key, burst: Int, perSecond: Double, now: Int64) {
        if now >= agesAt || younger.count >= most / 2 && younger[key] == nil {
            (older, younger) = (younger, [:])
            agesAt = now + Self.timeToFill(burst, perSecond)
        }
        older[key] = nil
        younger[key] = bucket
    }

    private static func timeToFill(_ burst: Int, _ perSecond: Double) -> Int64 {
        Int64((Double(burst) / perSecond * 1_000).rounded(.up))
    }
}
