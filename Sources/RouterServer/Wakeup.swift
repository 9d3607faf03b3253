import NIOCore

/// The one task that an event loop has scheduled for the soonest of many deadlines.
final class Wakeup {
    var action: () -> Void = {}
    private let eventLoop: any EventLoop
    private var task: (at: Int64, task: Scheduled<Void>)?

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// - Parameters:
    ///   - time: in milliseconds of the router's clock, as `now`.
    func schedule(at time: Int64, now: Int64) {
        guard time < task?.at ?? .max else { return }
        task?.task.cancel()
        let scheduled = eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(max(1, time - now))) {
            self.task = nil
            self.action()
        }
        task = (time, scheduled)
    }
}
