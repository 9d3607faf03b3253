import HandlerKit

/// Holds every user to a number of messages a second, and closes those who keep trying (P45).
public struct RateLimit: Handler {
    public static let name = "rate-limit"
    public static let summary = "Limits how many messages a user may send."
    public static let types = MessageTypes.all

    @Setting(
        "Messages that may come at once.", in: 1...1_000_000,
        whenHit: "error `rate_limited` with `retry_after_ms`")
    var burst = 20

    @Setting("Messages a second after that.", in: 0.01...1_000_000, whenHit: "the same")
    var perSecond = 5.0

    @Setting(
        "Refused messages within refused_within at which the connection is closed with 4101.", in: 1...10_000,
        whenHit: "the refusal that reaches it: error `rate_limited` and close 4101")
    var maxRefused = 100

    @Setting(
        "The time within which refused messages are counted.", in: .seconds(1)...(.seconds(3_600)),
        whenHit: "refusals longer ago than this do not count")
    var refusedWithin: Duration = .seconds(10)

    private var buckets = UserBuckets()
    private var refused = PerSession(RecentCount())

    public init() {}

    public var announcedLimits: JSONMembers { ["messages_per_second": perSecond] }

    public mutating func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        let now = context.time.milliseconds
        guard let wait = buckets.take(context, burst: burst, perSecond: perSecond) else { return .pass }
        let count = refused[context.sender].add(now: now, within: refusedWithin.milliseconds, upTo: maxRefused)
        throw Rejection(
            .rateLimited, "Too many messages", retryAfterMilliseconds: wait,
            closing: count >= maxRefused ? .init(limit: maxRefused, actual: count) : nil)
    }

    public mutating func left(_ context: inout Context) {
        buckets.left(context, burst: burst, perSecond: perSecond)
        refused.remove(context.sender)
    }
}
