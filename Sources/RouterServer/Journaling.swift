import Logging
import NIOCore
import RouterCore

/// The router's side of the journal: hands over its groups, and says in the log when it fails and when it works again.
final class Journaling {
    private let journal: any Journal
    private let log: Logger
    /// Groups that have failed since the last one that did not.
    private var failed = 0
    /// Whether the log says so.
    private var isTold = false
    /// A disk on the edge fails and works in turns.
    private var line = RepeatedLine()

    init(_ journal: any Journal, log: Logger) { (self.journal, self.log) = (journal, log) }

    /// - Parameter done: called once, on any thread.
    func commit(_ group: JournalGroup, _ done: @escaping @Sendable (JournalFailure?) -> Void) {
        journal.commit(group, done)
    }

    /// One line for the first failure and one when it is over, whatever happens in between; at most every ten seconds.
    ///
    /// - Parameter now: in milliseconds of the router's clock.
    func note(_ failure: JournalFailure?, at now: Int64) {
        if let failure {
            failed += 1
            guard !isTold, line.isDue(at: now) else { return }
            isTold = true
            log.error("posts can't be saved, their senders are told so: \(failure)")
        } else if failed > 0 {
            if isTold { log.notice("posts are saved again, after \(failed) groups that could not be") }
            (failed, isTold) = (0, false)
        }
    }
}
