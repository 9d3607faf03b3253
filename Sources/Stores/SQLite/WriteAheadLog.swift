import GRDB
import GRDBSQLite
import Logging
import RouterCore
import Synchronization

/// Brings what was committed from the log beside the file into the file, between commits.
///
/// SQLite would do that itself as a part of a commit, which those who wait for that commit would wait for, too.
final class WriteAheadLog: Sendable {
    /// Past so many pages of 4 KiB it is tried after every commit.
    private static let most: Int32 = 1_000
    /// Past so many, those who are reading are waited for, so that the log starts from its beginning again.
    private static let mostWithReaders: Int32 = 16_000

    private let pages = Atomic<Int32>(0)
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

    func empty(_ database: Database, _ log: Logger) {
        let pages = pages.load(ordering: .relaxed)
        if pages < Self.most { return }
        do {
            try database.checkpoint(pages < Self.mostWithReaders ? .passive : .restart)
            hasFailed.store(false, ordering: .relaxed)
        } catch {
            // Nothing is lost: it stays in the log. A full disk is said once.
            if hasFailed.exchange(true, ordering: .relaxed) { return }
            log.warning("\(JournalFailure("moving what was committed into the journal's file", error))")
        }
    }
}
