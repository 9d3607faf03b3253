import GRDB
import NIOCore
import RouterCore

/// Writes a group in one transaction.
struct GroupInsert {
    /// The rooms' ids in the file, by their numbers.
    let rooms: [Int64]
    let synchronous: Synchronous
    let writeAheadLog: WriteAheadLog

    /// - Throws: why nothing of the group is in the file.
    func commit(_ group: JournalGroup, _ database: Database) throws(JournalFailure) {
        do {
            // One that could not even be rolled back: so far SQLite has always been able to.
            if database.isInsideTransaction { try database.rollback() }
            try synchronous.wait(database)
            try writeAheadLog.makeRoom(for: group, database)
            try RowStatement.run(database, "BEGIN IMMEDIATE")
            try insert(group, database)
            try SessionRows.write(group, database)
            try writeLastIds(group, database)
            try RowStatement.run(database, "COMMIT")
        } catch {
            let failure = JournalFailure("committing \(group.entries.count) posts", error)
            // What this throws says no more than the failure.
            try? database.rollback()
            writeAheadLog.noteFailure()
            throw failure
        }
    }

    private func insert(_ group: JournalGroup, _ database: Database) throws {
        if group.entries.isEmpty { return }
        var (posts, privateMessages) = (try PostInsert(database), try PrivateMessageInsert(database))
        let entries = group.entries
        try group.bytes.withUnsafeReadableBytes { bytes in
            for index in entries.indices {
                switch entries[index].target {
                case .room(let number): try posts.add(entries[index], room: rooms[number], bytes)
                case .user(let receiver, let name):
                    try posts.finish(entries[..<index], rooms: rooms, bytes)
                    try privateMessages.insert(entries[index], receiver: receiver, name: name, bytes)
                }
            }
            try posts.finish(entries[...], rooms: rooms, bytes)
        }
    }

    private func writeLastIds(_ group: JournalGroup, _ database: Database) throws {
        if group.lastUser == nil && group.lastMessage == nil { return }
        let update =
            group.isLast
            ? "UPDATE meta SET last_user = ?, last_message = ?"
            : "UPDATE meta SET last_user = max(last_user, ?), last_message = max(last_message, ?)"
        var statement = try RowStatement(database, update)
        statement.bind(1, group.lastUser ?? 0)
        statement.bind(2, group.lastMessage ?? 0)
        try statement.run()
    }
}
