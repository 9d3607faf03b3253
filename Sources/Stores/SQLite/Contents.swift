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
            "SELECT max(pruned_up_to) FROM rooms", Self.lastPost, "SELECT max(id) FROM private_messages",
        ]
        let highest = { (queries: [String]) in
            try queries.compactMap { try Int64.fetchOne(database, sql: $0) }.max() ?? 0
        }
        let (user, message) = (try highest(users), try highest(messages))
        // Beyond that clients can't tell them apart.
        guard user < 1 << 53, message < Place.idsEnd else {
            throw JournalFailure("the file is damaged: it has ids beyond any that were given out")
        }
        self.init(lastUser: user, lastMessage: message)
    }

    /// Each room's last one is found without reading the others.
    private static let lastPost = """
        SELECT max((
            SELECT id FROM posts WHERE place > rooms.id << \(Place.bits) AND place < (rooms.id + 1) << \(Place.bits)
            ORDER BY place DESC LIMIT 1)) FROM rooms
        """
}
