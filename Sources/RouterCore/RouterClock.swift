/// Where the router's time comes from, so that a test can move it.
public protocol RouterClock: Sendable {
    /// Unix time in milliseconds; may be set back by whoever keeps the machine's clock.
    var unixMilliseconds: Int64 { get }
    /// Milliseconds of a clock that never goes back.
    var monotonicMilliseconds: Int64 { get }
    /// What local time is ahead of UTC at a Unix second, in seconds.
    func secondsFromUTC(at unix: Int64) -> Int
}
