import GRDB
import GRDBSQLite
import Logging
import RouterCore
import Synchronization

/// Brings what was committed from the log beside the file into the file, between commits.
///
/// SQLite would do that itself as a part of a commit, which those who wait for that commit would wait for, too.
final class WriteAheadLog: Sendable {
    /// So many pages of 4 KiB are brought over together.
    private static let most: Int32 = 4_000
    /// Past so many, those who are reading are waited for, up to a second, so that the log starts from its beginning again.
    private static let mostWithReaders: Int32 = 16_000

    private let pages = Atomic<Int32>(0)
    /// How many there were when it was tried last. Readers may have held some back.
    private let triedAt = Atomic<Int32>(0)
    private let hasFailed = Atomic<Bool>(false)

    /// Sets up the connection that writes. `self` has to live as long as that.
    func follow(_ database: Database) {
        let itself = Unmanaged.passUnretained(self).toOpaque()
        sqlite3_wal_hook(
            database.sqliteConnection,
            { itself, _, _, pages in
                guard let itself else { return SQLITE_OK }
                Unmanaged<WriteAheadLog>.fromOpaque(itself).takeUnretainedValue().pages.store(pages, ordering: .relaxed)
                return SQLITE_OK
            }, itself)
    }

    /// To be called after every commit.
    func empty(_ database: Database, _ log: Logger) {
        let pages = pages.load(ordering: .relaxed)
        var triedAt = triedAt.load(ordering: .relaxed)
        // It has started from its beginning.
        if pages < triedAt { triedAt = 0 }
        let isLong = pages - triedAt >= Self.most
        self.triedAt.store(isLong ? pages : triedAt, ordering: .relaxed)
        if isLong { checkpoint(database, pages < Self.mostWithReaders ? .passive : .restart, log) }
    }

    private func checkpoint(_ database: Database, _ kind: Database.CheckpointMode, _ log: Logger) {
        do {
            try database.checkpoint(kind)
            hasFailed.store(false, ordering: .relaxed)
        } catch {
            // Nothing is lost: it stays in the log. A full disk is said once.
            if hasFailed.exchange(true, ordering: .relaxed) { return }
            log.warning("\(JournalFailure("moving what was committed into the journal's file", error))")
        }
    }
}
