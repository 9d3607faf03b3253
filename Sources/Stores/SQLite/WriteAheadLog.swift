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

    private let folder: String
    private let log: Logger
    private let pages = Atomic<Int32>(0)
    /// How many there were when it was tried last. Readers may have held some back.
    private let triedAt = Atomic<Int32>(0)
    private let hasFailed = Atomic<Bool>(false)
    private let outlook = Mutex(Outlook())

    /// What the last look at the disk has shown.
    private struct Outlook {
        /// Pages of the log at that time.
        var lookedAt: Int32 = 0
        /// Whether it is to be looked at with every group.
        var isScarce = true
        /// Whether the last group could not be written.
        var isFailing = false
    }

    /// - Parameter folder: where the file is.
    init(_ folder: String, _ log: Logger) { (self.folder, self.log) = (folder, log) }

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
    func empty(_ database: Database) {
        let pages = pages.load(ordering: .relaxed)
        var triedAt = triedAt.load(ordering: .relaxed)
        // It has started from its beginning.
        if pages < triedAt { triedAt = 0 }
        let isLong = pages - triedAt >= Self.most
        self.triedAt.store(isLong ? pages : triedAt, ordering: .relaxed)
        if isLong { checkpoint(database, pages < Self.mostWithReaders ? .passive : .restart) }
    }

    /// To be called before something is written, outside of a transaction: where the disk is nearly full, what the log
    /// holds is brought over as long as that is possible, and the log gives back its place.
    ///
    /// - Parameter group: nil for what removes something.
    /// - Throws: `DatabaseError` when there is no room for the group's posts.
    func makeRoom(for group: JournalGroup? = nil, _ database: Database) throws {
        let coming = group?.mostPageBytes ?? 0
        guard isToLook(coming) else { return }
        let wasFailing = outlook.withLock { outlook in
            defer { outlook.isFailing = false }
            return outlook.isFailing
        }
        var space = look(coming)
        guard wasFailing || space?.isAmple == false else { return }
        // What a group that failed had in the log takes place as well.
        if wasFailing || pages.load(ordering: .relaxed) > 0 {
            checkpoint(database, .truncate)
            space = look(coming)
        }
        guard let space, !space.isAmple, let group, !group.entries.isEmpty else { return }
        let unused = try Int.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0
        if space.isEnough(unused: unused * LogSpace.pageBytes) { return }
        throw DatabaseError(resultCode: .SQLITE_FULL, message: String(cString: sqlite3_errstr(SQLITE_FULL)))
    }

    /// A group could not be written: before the next one room is made, if there is some.
    func noteFailure() { outlook.withLock { $0.isFailing = true } }

    private func isToLook(_ coming: Int) -> Bool {
        let pages = pages.load(ordering: .relaxed)
        return outlook.withLock { outlook in
            let grown = pages < outlook.lookedAt ? pages : pages - outlook.lookedAt
            return outlook.isScarce || outlook.isFailing || LogSpace.isToLook(grown: Int(grown), coming)
        }
    }

    private func look(_ coming: Int) -> LogSpace? {
        let pages = pages.load(ordering: .relaxed)
        let space = LogSpace(in: folder, held: Int(pages) * LogSpace.pageBytes, coming: coming)
        outlook.withLock { ($0.lookedAt, $0.isScarce) = (pages, space?.isAmple == false) }
        return space
    }

    private func checkpoint(_ database: Database, _ kind: Database.CheckpointMode) {
        do {
            try database.checkpoint(kind)
            if kind == .truncate { pages.store(0, ordering: .relaxed) }
            hasFailed.store(false, ordering: .relaxed)
        } catch DatabaseError.SQLITE_BUSY {
            // It is in the file, but for what somebody reads.
        } catch DatabaseError.SQLITE_FULL where kind == .truncate {
            // Whoever wants room is told so, or needs none.
        } catch {
            // Nothing is lost: it stays in the log. A full disk is said once.
            if hasFailed.exchange(true, ordering: .relaxed) { return }
            log.warning("\(JournalFailure("moving what was committed into the journal's file", error))")
        }
    }
}
