import RouterCore

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The machine's clocks.
public struct SystemClock: RouterClock {
    public init() {}

    public var unixMilliseconds: Int64 { milliseconds(CLOCK_REALTIME) }
    public var monotonicMilliseconds: Int64 { milliseconds(CLOCK_MONOTONIC) }

    public func secondsFromUTC(at unix: Int64) -> Int {
        var seconds = time_t(unix)
        var parts = tm()
        localtime_r(&seconds, &parts)
        return parts.tm_gmtoff
    }

    private func milliseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
