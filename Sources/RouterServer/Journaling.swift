import Logging
import NIOCore
import RouterCore

/// The router's side of the journal: hands over its groups, and says in the log when it fails, when it hangs and when it
/// works again.
final class Journaling {
    /// How long a group may be with the journal before the log says so, in milliseconds.
    static let patience: Int64 = 5_000

    private let journal: any Journal
    private let log: Logger
    /// Groups that have failed since the last one that did not.
    private var failed = 0
    /// Whether the log says so.
    private var isTold = false
    /// A disk on the edge fails and works in turns.
    private var line = RepeatedLine()

    /// Since when a group is with the journal.
    private var since: Int64?
    /// Whether the log says that it hangs, and until when it does not say so again.
    private var isWaitTold = false
    private var isQuietUntil = Int64.min
    /// When the router was told to stop, and how long it waits for a group then.
    private var stop: (asked: Int64, patience: Int64)?

    init(_ journal: any Journal, log: Logger) { (self.journal, self.log) = (journal, log) }

    /// - Parameters:
    ///   - now: in milliseconds of the router's clock, here and below.
    ///   - done: called once, on any thread.
    func commit(_ group: JournalGroup, at now: Int64, _ done: @escaping @Sendable (JournalFailure?) -> Void) {
        since = now
        journal.commit(group, done)
    }

    /// The group is done. One line for the first failure and one when it is over, whatever happens in between; at most
    /// every ten seconds.
    func note(_ failure: JournalFailure?, at now: Int64) {
        noteAnswer(at: now)
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

    // MARK: - A disk that does not answer

    /// When `wait` is to be called next; nil when nothing is with the journal.
    var due: Int64? {
        since.map { since in min(max(since + Self.patience, isQuietUntil), givesUpAt ?? .max) }
    }

    /// The router stops: what is with the journal so long from now on, or from when it was handed over, is given up.
    func stop(at now: Int64, patience: Int64) { stop = stop ?? (now, patience) }

    private var givesUpAt: Int64? {
        guard let since, let stop else { return nil }
        return max(since, stop.asked) + stop.patience
    }

    /// Says that nothing goes on, at most every ten seconds.
    ///
    /// - Throws: when the router, which stops, is not to wait any longer.
    func wait(at now: Int64) throws(JournalFailure) {
        guard let since, let due, due <= now else { return }
        let waited = "\((now - since) / 1_000) s"
        if let givesUpAt, givesUpAt <= now {
            throw JournalFailure("\(journal.place): the disk has not answered for \(waited)")
        }
        guard isQuietUntil <= now else { return }
        (isWaitTold, isQuietUntil) = (true, now + RepeatedLine.interval)
        log.warning("posts have been waiting for the disk for \(waited) (\(journal.place)); nobody is served meanwhile")
    }

    private func noteAnswer(at now: Int64) {
        if isWaitTold, let since { log.notice("the disk has answered after \((now - since) / 1_000) s") }
        (since, isWaitTold) = (nil, false)
    }
}

extension Journal {
    /// Closes it.
    ///
    /// - Throws: when that takes longer; it goes on all the same.
    func close(within patience: Duration) async throws(JournalFailure) {
        let (outcomes, outcome) = AsyncStream<Bool>.makeStream()
        Task {
            await close()
            outcome.yield(true)
        }
        let patience = Task {
            if (try? await Task.sleep(for: patience)) != nil { outcome.yield(false) }
        }
        let isClosed = await outcomes.first { _ in true } ?? false
        patience.cancel()
        if !isClosed { throw JournalFailure("\(place): the disk has not answered while it was closed") }
    }
}
