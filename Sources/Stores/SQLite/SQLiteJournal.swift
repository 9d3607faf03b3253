import Dispatch
import GRDB
import Logging
import RouterCore

/// A journal in an SQLite file, `router.db` in a folder that one process at a time may use.
///
/// Groups are committed on a thread of its own, each with one transaction that is on disk before it is called done; reading
/// goes on beside that.
public final class SQLiteJournal: Journal {
    /// How much of a room is read when the journal is opened.
    public struct Window: Sendable {
        /// 0 or more.
        public let posts: Int
        /// Of names and contents; one post is always read.
        public let bytes: Int

        public init(posts: Int, bytes: Int) { (self.posts, self.bytes) = (posts, bytes) }
    }

    /// How much is kept. What is past that goes within minutes, a few rows at a time between commits.
    public struct Retention: Sendable {
        /// So many posts of each room, and so many private messages of all people together; nil keeps all.
        public let posts: Int?
        /// By their timestamps; nil keeps them for ever.
        public let seconds: Int64?

        public init(posts: Int? = nil, seconds: Int64? = nil) { (self.posts, self.seconds) = (posts, seconds) }
    }

    /// Whether its folder was made when it was opened.
    public let isNew: Bool

    let pool: DatabasePool
    private let files: OpenFiles
    private let insert: GroupInsert
    private let writeAheadLog: WriteAheadLog
    private let pruning: Pruning
    private let log: Logger
    /// Held as long as this lives.
    private let lock: HeldLock
    private let sweeps: Sweeps

    init(
        _ file: JournalFile, _ lock: FolderLock, _ files: OpenFiles, isNew: Bool, rooms: [Int64], pruning: Pruning,
        log: Logger
    ) {
        (pool, writeAheadLog, self.files, self.isNew) = (file.pool, file.writeAheadLog, files, isNew)
        (self.lock, insert, self.pruning, self.log) = (
            HeldLock(lock),
            GroupInsert(rooms: rooms, synchronous: pruning.synchronous, writeAheadLog: file.writeAheadLog),
            pruning, log
        )
        sweeps = Sweeps()
        sweeps.start { [weak self] in self?.sweep() }
    }

    /// How many posts there are, and in how many rooms, those included that are not configured any more.
    public var holding: (posts: Int, rooms: Int) { pruning.holding }

    public var place: String { pool.path }

    public func commit(_ group: JournalGroup, _ done: @escaping @Sendable (JournalFailure?) -> Void) {
        pool.asyncWriteWithoutTransaction { [self] database in
            do throws(JournalFailure) {
                try files.check(database)
                try insert.commit(group, database)
            } catch {
                return done(error)
            }
            done(nil)
            writeAheadLog.empty(database)
            if pruning.add(group) { prune() }
        }
    }

    /// One piece at a time, so that a commit waits for one at most.
    private func prune() {
        pool.asyncWriteWithoutTransaction { [self] database in
            let progress = pruning.piece(database) {
                try files.check(database)
                try writeAheadLog.makeRoom(database)
            }
            if progress == .unfinished { prune() }
            // Somebody may be copying the files that are gone: they stay as they are.
            if progress != .failed { writeAheadLog.empty(database) }
        }
    }

    /// Looks for what is too old or too much now.
    func sweep() {
        if pruning.sweep() { prune() }
    }

    /// Whether something is still to be removed of what a sweep, or too many posts, have made due.
    var isPruning: Bool { pruning.isDue }

    public func page(
        of room: String, before: Int64, limit: Int, maxBytes: Int
    ) async throws(JournalFailure) -> [JournalRow] {
        try await read("reading the posts of a room") { database in
            try RoomReading.page(room, before: before, limit: limit, maxBytes: maxBytes, database)
        }
    }

    public func count(_ missed: Missed, most: Int) async throws(JournalFailure) -> Int? {
        try await read("counting what somebody has missed") { database in
            try MissedReading(missed, database)?.count(most: most)
        }
    }

    public func page(of missed: Missed, limit: Int, maxBytes: Int) async throws(JournalFailure) -> [JournalRow]? {
        try await read("reading what somebody has missed") { database in
            try MissedReading(missed, database)?.page(limit: limit, maxBytes: maxBytes)
        }
    }

    public func keys(of session: Int64, limit: Int) async throws(JournalFailure) -> [JournalKey] {
        try await read("reading the keys of a session") { database in
            try KeyReading.keys(of: session, limit: limit, database)
        }
    }

    private func read<Result: Sendable>(
        _ doing: String, _ body: @escaping @Sendable (Database) throws -> Result
    ) async throws(JournalFailure) -> Result {
        do {
            return try await pool.read { [files] database in
                // A connection that was opened for this may have found another file.
                try files.check()
                do { return try body(database) } catch { throw JournalFailure(doing, error) }
            }
        } catch {
            throw JournalFailure(doing, error)
        }
    }

    public func close() async {
        sweeps.stop()
        pruning.close()
        await withCheckedContinuation { continuation in
            pool.asyncWriteWithoutTransaction { [log] database in
                do { try database.checkpoint(.truncate) } catch {
                    log.warning("\(JournalFailure("emptying the journal's log", error))")
                }
                continuation.resume()
            }
        }
        files.close()
        // Not on one of the few threads that tasks have: a disk that hangs would hold that, too.
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [pool, log] in
                // The connection that is closed last removes the log, if it may write.
                pool.invalidateReadOnlyConnections()
                do { try pool.close() } catch { log.warning("\(JournalFailure("closing the journal", error))") }
                continuation.resume()
            }
        }
        lock.letGo()
    }
}
