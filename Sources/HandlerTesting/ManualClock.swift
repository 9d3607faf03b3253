import NIOConcurrencyHelpers
import RouterCore

/// A clock that stands still until a test moves it.
public final class ManualClock: RouterClock {
    private let milliseconds: NIOLockedValueBox<Int64>
    private let start: Int64
    private let offset: Int

    /// - Parameters:
    ///   - unix: the Unix second it starts at.
    ///   - secondsFromUTC: what its local time is ahead of UTC.
    public init(unix: Int64 = 1_767_323_045, secondsFromUTC: Int = 0) {
        start = unix * 1_000
        offset = secondsFromUTC
        milliseconds = NIOLockedValueBox(0)
    }

    public func advance(by duration: Duration) {
        milliseconds.withLockedValue {
            $0 += Int64(duration.components.seconds) * 1_000 + duration.components.attoseconds / 1_000_000_000_000_000
        }
    }

    public var unixMilliseconds: Int64 { start + monotonicMilliseconds }
    public var monotonicMilliseconds: Int64 { milliseconds.withLockedValue { $0 } }
    public func secondsFromUTC(at unix: Int64) -> Int { offset }
}
