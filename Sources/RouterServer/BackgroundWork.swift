import NIOConcurrencyHelpers
import NIOCore
import RouterCore

/// Runs what asynchronous handlers wait for, beside the loop that all else happens on.
package protocol BackgroundWork: AnyObject {
    /// - Parameter done: called on the loop.
    func run(_ work: PendingWork, done: @escaping (Result<any Sendable, any Error>) -> Void)
    /// Nobody waits for it any more.
    func cancel(_ ticket: WaitingTicket)
}

/// Runs it in tasks of Swift's own threads. Used on its event loop only.
final class TaskWork: BackgroundWork {
    private let eventLoop: any EventLoop
    private var tasks: [Int: Task<Void, Never>] = [:]
    /// Whether the loop still takes answers.
    private let isOpen = NIOLockedValueBox(true)

    init(on eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func run(_ work: PendingWork, done: @escaping (Result<any Sendable, any Error>) -> Void) {
        let answer = NIOLoopBound((self, done), eventLoop: eventLoop)
        tasks[work.ticket.serial] = Task { [eventLoop, isOpen] in
            let outcome = await work.run()
            // Under the lock: the loop must not shut down between the question and the call.
            isOpen.withLockedValue { isOpen in
                guard isOpen else { return }
                eventLoop.execute {
                    let (tasks, done) = answer.value
                    tasks.forget(work.ticket)
                    done(outcome)
                }
            }
        }
    }

    private func forget(_ ticket: WaitingTicket) { tasks[ticket.serial] = nil }

    func cancel(_ ticket: WaitingTicket) { tasks[ticket.serial]?.cancel() }

    /// Cancels everything; what still ends is told to nobody.
    func stop() {
        isOpen.withLockedValue { $0 = false }
        for task in tasks.values { task.cancel() }
    }
}
