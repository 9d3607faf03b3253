import GRDB
import Logging
import RouterCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension SQLiteJournal {
    /// Opens the journal in a folder, which is made when there is none, with a file for its owner only.
    ///
    /// - Parameters:
    ///   - rooms: names, in the order of the configuration. Posts of rooms that are not among them stay.
    ///   - now: Unix seconds, by which posts are too old.
    /// - Throws: one line that names the file and says what is wrong: another process uses it, it is no database or
    ///   another program's, a newer router has written it, it is damaged, or the system does not allow it.
    public static func open(
        _ folder: String, rooms: [String], window: Window, keeps: Retention, log: Logger,
        now: @escaping @Sendable () -> Int64 = { Int64(time(nil)) }
    ) throws(JournalFailure) -> (SQLiteJournal, JournalContents) {
        let folder = DataFolder(path: folder)
        let isNew = try folder.create()
        let lock = try folder.lock()
        try folder.createFile(isNew: lock.openings == 0)
        let file = try JournalFile(folder, openings: lock.openings, log: log)
        do {
            let (ids, openings) = try file.pool.write { database in
                (try RoomRow.all(rooms, database), try Schema.countOpening(database))
            }
            lock.write(openings)
            let (contents, pruning) = try file.pool.read { database in
                (
                    try JournalContents(database, rooms: rooms, window: window),
                    try Pruning(database, rooms: ids, keeps: keeps, now: now, log: log)
                )
            }
            let journal = SQLiteJournal(
                file, lock, OpenFiles(folder, lock, now: now), isNew: isNew, rooms: ids, pruning: pruning, log: log)
            journal.sweep()
            return (journal, contents)
        } catch {
            throw JournalFailure("\(folder.file): reading it", error)
        }
    }
}

/// The connections to the file.
struct JournalFile {
    let pool: DatabasePool
    let writeAheadLog: WriteAheadLog

    /// A file up to this size is looked through for damage when it is opened: half a second from a cold disk.
    private static let mostChecked = 32 << 20

    /// - Parameter openings: how often the file has to have been opened.
    init(_ folder: DataFolder, openings: Int32, log: Logger) throws(JournalFailure) {
        let path = folder.file
        writeAheadLog = WriteAheadLog(folder.path, log)
        do {
            pool = try DatabasePool(path: path, configuration: Self.configuration(folder, openings, writeAheadLog))
        } catch {
            throw JournalFailure("\(path): opening it", error)
        }
        do {
            try pool.writeWithoutTransaction { database in
                try Self.makeDurable(database, path)
            }
            try Self.migrate(pool, path, log)
        } catch {
            throw JournalFailure("\(path): preparing it", error)
        }
    }

    /// Somebody waits for the router to start, and all that is in an older file is copied.
    private static func migrate(_ pool: DatabasePool, _ path: String, _ log: Logger) throws {
        let isOlder = try pool.writeWithoutTransaction { try Schema.isOlder($0) }
        if isOlder {
            log.notice("\(path): an earlier version has written it; it is made this one's, which takes a while")
        }
        try Schema.migrator().migrate(pool)
        if isOlder { log.notice("\(path): it is this version's now") }
    }

    private static func configuration(
        _ folder: DataFolder, _ openings: Int32, _ writeAheadLog: WriteAheadLog
    ) -> Configuration {
        var configuration = Configuration()
        configuration.label = "journal"
        configuration.foreignKeysEnabled = false
        configuration.busyMode = .timeout(1)
        // GRDB would end the process when a transaction is left open; `GroupInsert` ends it with the next group.
        configuration.allowsUnsafeTransactions = true
        configuration.prepareDatabase { database in
            if database.configuration.readonly { return }
            // Before anything is written: somebody may want to save what a damaged file still has.
            try Schema.check(database, folder.file)
            try Schema.check(database, folder, openings: openings)
            try check(database, folder.file)
            try database.execute(sql: settings)
            writeAheadLog.follow(database)
        }
        return configuration
    }

    /// What is added touches few pages, whatever the file holds. FAST zeroes what is removed unless that meant a page more
    /// to write; Debian's SQLite would write each page that becomes free.
    private static let settings = """
        PRAGMA cache_size = -2048; PRAGMA secure_delete = FAST; PRAGMA journal_size_limit = \(64 << 20)
        """

    /// The log is synced with every commit. Darwin does so for real only when it is told twice.
    private static func makeDurable(_ database: Database, _ path: String) throws {
        try database.execute(
            sql: "\(Synchronous.always); PRAGMA fullfsync = 1; PRAGMA checkpoint_fullfsync = 1")
        if try Int.fetchOne(database, sql: "PRAGMA synchronous") != 2 {
            throw JournalFailure("\(path): this SQLite does not sync what it commits")
        }
    }

    private static func check(_ database: Database, _ path: String) throws {
        let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
        let size = try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 0
        if pages * size > mostChecked { return }
        let found = try String.fetchOne(database, sql: "PRAGMA quick_check(1)") ?? "ok"
        if found == "ok" { return }
        let reason = found.split(separator: "\n").last ?? "quick_check says no more"
        throw JournalFailure("\(path): the file is damaged: \(reason)")
    }
}
