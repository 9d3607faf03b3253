import Logging
import NIOCore
import RouterCore

/// The router's side of the journal: hands over its groups, and says in the log when it fails, when it hangs and when it
/// works again.
final class Journaling {
    /// How long a group may be with the journal before the log says so, in milliseconds.
    private static let patience: Int64 = 5_000

    private let journal: any Journal
    private let clock: any RouterClock
    private let log: Logger
    /// Groups that have failed since the last one that did not.
    private var failed = 0
    /// Whether any of them had posts, and whether the one under way has.
    private var hasRefusedPosts = false
    private var hasPosts = false
    /// Whether the log says so.
    private var isTold = false
    /// A disk on the edge fails and works in turns.
    private var line = RepeatedLine()

    /// Since when a group is with the journal; nil when none is.
    private var since: Int64?
    /// Whether the log says that it hangs, and until when it does not say so again.
    private var isWaitTold = false
    private var isQuietUntil = Int64.min
    private let wakeup: Wakeup
    /// When the router was told to stop, and how long it waits for a group then, in milliseconds.
    private var stopsSince: Int64?
    private let stopPatience: Int64
    /// Called once, when a router that stops is not to wait any longer.
    var giveUp: () -> Void = {}
    /// Why it is not; nothing of the journal counts any more then.
    private(set) var givenUp: JournalFailure?

    init(_ journal: any Journal, _ options: ServerOptions, on eventLoop: any EventLoop) {
        (self.journal, clock, log) = (journal, options.clock, options.log)
        (wakeup, stopPatience) = (Wakeup(eventLoop), options.bounds.close)
        wakeup.action = { [weak self] in self?.timePassed() }
    }

    /// - Parameter done: called once, on any thread.
    func commit(_ group: JournalGroup, _ done: @escaping @Sendable (JournalFailure?) -> Void) {
        since = clock.monotonicMilliseconds
        hasPosts = !group.entries.isEmpty
        journal.commit(group, done)
        timePassed()
    }

    /// The group is done. One line for the first failure and one when it is over, whatever happens in between; at most
    /// every ten seconds.
    func note(_ failure: JournalFailure?) {
        let now = clock.monotonicMilliseconds
        noteAnswer(at: now)
        if let failure {
            failed += 1
            if hasPosts { hasRefusedPosts = true }
            guard !isTold, line.isDue(at: now) else { return }
            isTold = true
            log.error("posts can't be saved, their senders are told so: \(failure)")
        } else if failed > 0, hasPosts || !hasRefusedPosts {  // a full disk may still take sessions
            if isTold { log.notice("posts are saved again, after \(failed) groups that could not be") }
            (failed, isTold, hasRefusedPosts) = (0, false, false)
        }
    }

    // MARK: - A disk that does not answer

    /// The router stops: a group has `timeouts.close` from now on, or from when it is handed over.
    func stop() {
        stopsSince = stopsSince ?? clock.monotonicMilliseconds
        timePassed()
    }

    /// Nothing goes on while the disk hangs: somebody is to know, at most every ten seconds.
    func timePassed() {
        guard let since, givenUp == nil else { return }
        let now = clock.monotonicMilliseconds
        let seconds = (now - since) / 1_000
        let end = stopsSince.map { max(since, $0) + stopPatience } ?? .max
        if end <= now {
            givenUp = JournalFailure("\(journal.place): the disk has not answered for \(seconds) s")
            return giveUp()
        }
        if max(since + Self.patience, isQuietUntil) <= now {
            (isWaitTold, isQuietUntil) = (true, now + RepeatedLine.interval)
            log.warning(
                "posts have been waiting for the disk for \(seconds) s (\(journal.place)); nobody is served meanwhile")
        }
        wakeup.schedule(at: min(max(since + Self.patience, isQuietUntil), end), now: now)
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
