import HandlerKit
import NIOCore

/// Whether what is to be sent is collected for a moment (`delivery_interval`): only while one write each to many is made
/// so often that collecting saves some. A lone message goes out at once.
struct DeliveryPace {
    /// From how many receivers on it is worth it: a write costs some microseconds.
    static let leastWrites = 16

    let interval: TimeAmount
    private let milliseconds: Int64
    private var lastBusy = Int64.min

    init(interval: Duration) {
        milliseconds = Int64(interval.milliseconds)
        self.interval = .milliseconds(milliseconds)
    }

    /// - Parameter now: in milliseconds, by a clock that only goes forward.
    func isBusy(at now: @autoclosure () -> Int64) -> Bool {
        milliseconds > 0 && lastBusy > Int64.min && now() - lastBusy <= milliseconds
    }

    /// A turn has been delivered to so many.
    mutating func note(writes: @autoclosure () -> Int, at now: @autoclosure () -> Int64) {
        guard milliseconds > 0, writes() >= Self.leastWrites else { return }
        lastBusy = now()
    }
}
