/// How often something happened lately: an exact count over a sliding window.
public struct RecentCount: Sendable {
    private var times: [Int64] = []

    public init() {}

    /// Counts one more.
    ///
    /// - Parameters:
    ///   - now: `context.time.milliseconds`.
    ///   - window: how far back it counts, in milliseconds.
    ///   - most: the count at which the caller acts; no more than this many times are kept.
    /// - Returns: how many there were within the window, this one included.
    public mutating func add(now: Int64, within window: Int, upTo most: Int) -> Int {
        let expired = times.prefix { $0 <= now - Int64(window) }.count
        if expired > 0 { times.removeFirst(expired) }
        if times.count >= most { times.removeFirst() }
        times.append(now)
        return times.count
    }
}
