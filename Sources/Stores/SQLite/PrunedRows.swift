import GRDB
import RouterCore

/// The oldest rows of a room, or of the private messages, that are to go.
struct PrunedRows {
    static let posts = "SELECT id, timestamp FROM posts WHERE place > ? AND place < ? ORDER BY place LIMIT ?"
    static let nth = "SELECT id FROM posts WHERE place > ? AND place < ? ORDER BY place LIMIT 1 OFFSET ?"
    static let privateMessages = "SELECT id, timestamp FROM private_messages ORDER BY id LIMIT ?"

    private(set) var count = 0
    private var last: Int64 = 0

    /// Nil for none.
    ///
    /// - Parameters:
    ///   - room: nil for private messages.
    ///   - isOld: by their place among the oldest, and their timestamps.
    init?(room: Int64?, most: Int, _ database: Database, where isOld: (Int, Int64) -> Bool) throws {
        let rows =
            if let room { try Rows(database, Self.posts, Place.start(of: room), Place.end(of: room), Int64(most)) } else
            {
                try Rows(database, Self.privateMessages, Int64(most))
            }
        while try rows.next(), isOld(count, rows.number(1)) {
            count += 1
            last = rows.number(0)
        }
        if count == 0 { return nil }
    }

    /// The first posts of a room, by their places alone; nil if it has not so many.
    init?(first count: Int, room: Int64, _ database: Database) throws {
        let rows = try Rows(database, Self.nth, Place.start(of: room), Place.end(of: room), Int64(count - 1))
        guard try rows.next() else { return nil }
        (self.count, last) = (count, rows.number(0))
    }

    /// What is read later knows that it is not complete: both change together.
    static func remove(_ rows: PrunedRows, room: Int64?, _ database: Database) throws {
        if let room {
            let (start, last) = (Place.start(of: room), Place.of(rows.last, in: room))
            try run("DELETE FROM posts WHERE place > ? AND place <= ?", [start, last], database)
            try run("UPDATE rooms SET pruned_up_to = ? WHERE id = ?", [rows.last, room], database)
        } else {
            try run("DELETE FROM private_messages WHERE id <= ?", [rows.last], database)
            try run(
                "UPDATE meta SET private_pruned_up_to = max(private_pruned_up_to, ?)", [rows.last], database)
        }
    }

    private static func run(_ sql: String, _ values: StatementArguments, _ database: Database) throws {
        try database.cachedStatement(sql: sql).execute(arguments: values)
    }
}
