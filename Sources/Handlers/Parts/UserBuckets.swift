import HandlerKit

/// A token bucket for each user, which its address keeps when the user leaves: whoever comes from there before it would be
/// full again begins with as little, so that connecting anew does not refill it.
struct UserBuckets {
    /// Of how many addresses buckets are kept.
    private static let mostAddresses = 10_000

    private var buckets = PerSession(TokenBucket())
    private var kept = BucketTable<IPAddress>(most: mostAddresses)

    /// Takes one token of the sender's bucket, as `TokenBucket.take` does.
    mutating func take(_ context: borrowing Context, burst: Int, perSecond: Double) -> Int? {
        let user = context.sender
        if buckets[user].isNew, let address = context.users.address(of: user) { buckets[user] = kept[address] }
        return buckets[user].take(burst: burst, perSecond: perSecond, now: context.time.milliseconds)
    }

    /// Counts a question of the sender, where they have a limit of their own that never closes (P45).
    ///
    /// - Throws: `rate_limited`, with the time to wait, past `burst` at once and `perSecond` after that.
    mutating func ask(_ context: borrowing Context, burst: Int, perSecond: Double) throws(Rejection) {
        guard let wait = take(context, burst: burst, perSecond: perSecond) else { return }
        throw Rejection(.rateLimited, "Too many requests", retryAfterMilliseconds: wait)
    }

    /// The sender has left.
    mutating func left(_ context: borrowing Context, burst: Int, perSecond: Double) {
        let user = context.sender
        if let address = context.users.address(of: user), !buckets[user].isNew {
            kept.keep(
                .emptier(buckets[user], kept[address]), for: address, burst: burst, perSecond: perSecond,
                now: context.time.milliseconds)
        }
        buckets.remove(user)
    }
}
