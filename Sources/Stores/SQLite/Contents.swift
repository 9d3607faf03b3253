import GRDB
import RouterCore

extension JournalContents {
    init(_ database: Database, rooms: [String], window: SQLiteJournal.Window) throws {
        self.init()
        ids = try IdSource(database)
        newest = try rooms.map { room in
            try RoomReading.page(room, before: .max, limit: window.posts, maxBytes: window.bytes, database)
        }
        sessions = try SessionRows.all(database)
    }
}

extension IdSource {
    /// Above what was reserved, and above whatever is in the file or was.
    fileprivate init(_ database: Database) throws {
        let users = ["SELECT last_user FROM meta", "SELECT max(id) FROM sessions"]
        let messages = [
            "SELECT last_message FROM meta", "SELECT private_pruned_up_to FROM meta",
            "SELECT max(pruned_up_to) FROM rooms", "SELECT max(id) FROM posts", "SELECT max(id) FROM private_messages",
        ]
        let highest = { (queries: [String]) in
            try queries.compactMap { try Int64.fetchOne(database, sql: $0) }.max() ?? 0
        }
        let (user, message) = (try highest(users), try highest(messages))
        // Beyond that clients can't tell them apart.
        guard user < 1 << 53, message < 1 << 53 else {
            throw JournalFailure("the file is damaged: it has ids beyond 2^53")
        }
        self.init(lastUser: user, lastMessage: message)
    }
}
