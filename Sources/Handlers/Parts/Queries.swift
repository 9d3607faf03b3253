import HandlerKit

extension PerSession<TokenBucket> {
    /// Counts a question of the sender, where they have a limit of their own that never closes (P45).
    ///
    /// - Throws: `rate_limited`, with the time to wait, past `burst` at once and `perSecond` after that.
    mutating func ask(_ context: borrowing Context, burst: Int, perSecond: Double) throws(Rejection) {
        let now = context.time.milliseconds
        guard let wait = self[context.sender].take(burst: burst, perSecond: perSecond, now: now) else { return }
        throw Rejection(.rateLimited, "Too many requests", retryAfterMilliseconds: wait)
    }
}
