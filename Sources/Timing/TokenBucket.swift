/// Allows `burst` at once and then `perSecond`, by the time it is told.
public struct TokenBucket: Sendable {
    /// When the bucket would be full again, in milliseconds of the router's clock.
    private var fullAt: Double = 0

    public init() {}

    /// Nothing was ever taken from it.
    public var isNew: Bool { fullAt == 0 }

    /// The one of two, of the same size, that has less in it.
    public static func emptier(_ one: TokenBucket, _ other: TokenBucket) -> TokenBucket {
        one.fullAt > other.fullAt ? one : other
    }

    /// Takes one token.
    ///
    /// - Parameters:
    ///   - burst: most tokens at once, 1 or more.
    ///   - perSecond: tokens that come back each second, above 0.
    ///   - now: `context.time.milliseconds`.
    /// - Returns: nil when there was one; else in how many milliseconds there will be.
    public mutating func take(burst: Int, perSecond: Double, now: Int64) -> Int? {
        let now = Double(now)
        let perToken = 1_000 / perSecond
        let full = max(fullAt, now) + perToken
        let wait = full - now - Double(burst) * perToken
        guard wait <= 1e-6 else { return max(1, Int(wait.rounded(.up))) }
        fullAt = full
        return nil
    }
}
