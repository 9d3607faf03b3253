import Logging
import NIOCore
import RouterCore

/// The router's side of the journal: hands over its groups, and says in the log when it fails and when it works again.
final class Journaling {
    private let journal: any Journal
    private let log: Logger
    /// Groups that have failed since the last one that did not.
    private var failed = 0

    init(_ journal: any Journal, log: Logger) { (self.journal, self.log) = (journal, log) }

    /// - Parameter done: called once, on any thread.
    func commit(_ group: JournalGroup, _ done: @escaping @Sendable (JournalFailure?) -> Void) {
        journal.commit(group, done)
    }

    /// One line for the first failure and one when it is over, whatever happens in between.
    func note(_ failure: JournalFailure?) {
        if let failure {
            if failed == 0 { log.error("posts can't be saved, their senders are told so: \(failure)") }
            failed += 1
        } else if failed > 0 {
            log.notice("posts are saved again, after \(failed) groups that could not be")
            failed = 0
        }
    }
}
