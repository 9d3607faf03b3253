import GRDB
import RouterCore

/// What the file says of a room.
struct RoomRow {
    let id: Int64
    /// Posts up to this id may be gone.
    let prunedUpTo: Int64

    /// Nil for a room that never had its name in a configuration.
    static func named(_ name: String, _ database: Database) throws -> RoomRow? {
        let statement = try database.cachedStatement(sql: "SELECT id, pruned_up_to FROM rooms WHERE name = ?")
        return try Row.fetchOne(statement, arguments: [name]).map { RoomRow(id: $0[0], prunedUpTo: $0[1]) }
    }

    /// Adds those that are new.
    ///
    /// - Returns: their ids, in the order of the names.
    static func all(_ names: [String], _ database: Database) throws -> [Int64] {
        try names.map { name in
            try database.execute(sql: "INSERT OR IGNORE INTO rooms (name) VALUES (?)", arguments: [name])
            guard let room = try named(name, database), room.id < Place.roomsEnd else {
                throw JournalFailure("room \(name) can't be added")
            }
            return room.id
        }
    }
}

enum RoomReading {
    static let newest = "SELECT \(Page.postColumns) FROM posts WHERE place > ? AND place < ? ORDER BY place DESC"

    static func page(_ name: String, before: Int64, limit: Int, maxBytes: Int, _ database: Database) throws
        -> [JournalRow]
    {
        guard let room = try RoomRow.named(name, database) else { return [] }
        let found = try Rows(database, newest, Place.start(of: room.id), Place.of(before, in: room.id))
        var page = Page(limit: limit, maxBytes: maxBytes)
        while try found.next(), page.add(found, room: name) {}
        return page.rows.reversed()
    }
}

enum KeyReading {
    static let posts = """
        SELECT id, timestamp, key, digest FROM posts WHERE sender = ? AND key IS NOT NULL ORDER BY id DESC LIMIT ?
        """
    static let privateMessages = """
        SELECT id, timestamp, key, digest, receiver, receiver_name FROM private_messages
        WHERE sender = ? AND key IS NOT NULL ORDER BY id DESC LIMIT ?
        """

    /// The newest first.
    static func keys(of session: Int64, limit: Int, _ database: Database) throws -> [JournalKey] {
        var keys: [JournalKey] = []
        let posts = try Rows(database, self.posts, session, Int64(limit))
        while try posts.next() { keys.append(key(posts)) }
        let messages = try Rows(database, privateMessages, session, Int64(limit))
        while try messages.next() { keys.append(key(messages, of: messages.number(4), named: 5)) }
        return Array(keys.sorted { $0.id > $1.id }.prefix(limit))
    }

    private static func key(_ rows: Rows) -> JournalKey {
        JournalKey(
            key: rows.text(2), digest: UInt64(bitPattern: rows.number(3)), id: rows.number(0), timestamp: rows.number(1)
        )
    }

    private static func key(_ rows: Rows, of receiver: Int64, named name: Int32) -> JournalKey {
        JournalKey(
            key: rows.text(2), digest: UInt64(bitPattern: rows.number(3)), id: rows.number(0),
            timestamp: rows.number(1),
            receiver: receiver, receiverName: rows.buffer(name))
    }
}
