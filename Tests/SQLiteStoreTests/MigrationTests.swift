import Foundation
import GRDB
import HandlerTesting
import RouterCore
import Testing

@testable import SQLiteStore

@Suite("A file of an older version")
struct MigrationTests {
    /// As version 1 has written it. It stays as it is: whoever changes the schema adds a migration.
    private static let first = """
        CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
        INSERT INTO grdb_migrations VALUES ('1');
        PRAGMA application_id = 1919907188;
        CREATE TABLE rooms (
            id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, pruned_up_to INTEGER NOT NULL DEFAULT 0);
        CREATE TABLE posts (
            id INTEGER PRIMARY KEY, room INTEGER NOT NULL, sender INTEGER NOT NULL, sender_name TEXT NOT NULL,
            type TEXT NOT NULL, content TEXT NOT NULL, timestamp INTEGER NOT NULL, key TEXT, digest INTEGER);
        CREATE INDEX posts_by_room ON posts (room);
        CREATE INDEX posts_with_key ON posts (sender) WHERE key IS NOT NULL;
        CREATE TABLE private_messages (
            id INTEGER PRIMARY KEY, sender INTEGER NOT NULL, sender_name TEXT NOT NULL, receiver INTEGER NOT NULL,
            receiver_name TEXT NOT NULL, content TEXT, timestamp INTEGER NOT NULL, key TEXT, digest INTEGER);
        CREATE INDEX private_messages_by_receiver ON private_messages (receiver) WHERE content IS NOT NULL;
        CREATE INDEX private_messages_with_key ON private_messages (sender) WHERE key IS NOT NULL;
        CREATE TABLE sessions (
            id INTEGER PRIMARY KEY, name TEXT NOT NULL, connected_at INTEGER NOT NULL, stays TEXT NOT NULL,
            token BLOB NOT NULL, previous_token BLOB NOT NULL, left_at INTEGER, last_unkept INTEGER NOT NULL);
        CREATE TABLE meta (
            id INTEGER PRIMARY KEY CHECK (id = 1), last_user INTEGER NOT NULL, last_message INTEGER NOT NULL,
            private_pruned_up_to INTEGER NOT NULL);
        INSERT INTO meta VALUES (1, 12, 30, 4);
        INSERT INTO rooms VALUES (5, 'random', 3), (6, 'general', 0);
        INSERT INTO posts VALUES (8, 6, 1, '"User1"', 'message', '"hi"', 1000, 'k', -1);
        INSERT INTO posts VALUES (9, 5, 1, '"User1"', 'message', '"hi"', 1000, NULL, NULL);
        INSERT INTO private_messages VALUES (10, 1, '"User1"', 2, '"User2"', '"psst"', 1000, NULL, NULL);
        INSERT INTO sessions VALUES
            (2, 'Eve', 7, '[{"room":"general","after":3,"upTo":9},{"room":"random","after":9}]', x'01ff', x'', NULL, 5);
        """

    @Test("All that version 1 has written is read")
    func versionOne() async throws {
        try await withFolder { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try await DatabaseQueue(path: folder + "/router.db").write { try $0.execute(sql: Self.first) }
            try await withJournal(in: folder) { journal, contents in
                #expect("\(contents.ids)" == "\(IdSource(lastUser: 12, lastMessage: 30))")
                #expect(contents.newest == [[row(8, "general")], [row(9, "random")], []])
                #expect(contents.sessions.map(\.id) == [2] && contents.sessions[0].token == [1, 255])
                #expect(
                    contents.sessions[0].stays
                        == [.init(room: "general", after: 3, upTo: 9), .init(room: "random", after: 9)])
                #expect(
                    try await journal.keys(of: 1, limit: 9)
                        == [JournalKey(key: "k", digest: .max, id: 8, timestamp: 1_000)])
                let missed = Missed(user: 2, after: 4, upTo: .max, stays: contents.sessions[0].stays)
                #expect(try await journal.page(of: missed, limit: 9, maxBytes: .max)?.map(\.id) == [8, 10])
                try await journal.commit(.posts(31...31))
            }
        }
    }

    private static let notices = [
        "notice: an earlier version has written it; it is made this one's, which takes a while",
        "notice: it is this version's now",
    ]

    /// Opens a file twice that some SQL has made.
    ///
    /// - Returns: what was logged, without the path.
    private static func logged(_ sql: String) async throws -> [String] {
        try await withFolder { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try await DatabaseQueue(path: folder + "/router.db").write { try $0.execute(sql: sql) }
            let recorder = LogRecorder()
            for _ in 1...2 { try? await SQLiteJournal.open(in: folder, log: recorder.log).0.close() }
            return recorder.lines.map { $0.replacing(folder + "/router.db: ", with: "") }
        }
    }

    @Test("The log says so before it is rewritten and when that is done; not of a new file, nor of one of this version")
    func told() async throws {
        #expect(try await Self.logged(Self.first) == Self.notices)
        #expect(try await Self.logged("") == [])
        let failing = Self.first + "CREATE TABLE placed_posts (a);"
        #expect(try await Self.logged(failing) == [Self.notices[0], Self.notices[0]])
    }

    @Test("A new file has what the migrations make of version 1's")
    func same() async throws {
        try await withFolder { folder in
            try await withJournal(in: folder) { _, _ in }
            let old = try DatabaseQueue()
            try await old.write { try $0.execute(sql: Self.first) }
            try Schema.migrator().migrate(old)
            let new = try DatabaseQueue(path: folder + "/router.db")
            #expect(try await Self.columns(old) == Self.columns(new))
        }
    }

    private static func columns(_ queue: DatabaseQueue) async throws -> [String] {
        try await queue.read { database in
            let sql = """
                SELECT o.type || ' ' || o.tbl_name || ' ' || o.name || ' ' || c.name || ' ' || c.type || ' ' || c."notnull"
                FROM sqlite_schema o, pragma_table_xinfo(o.name) c ORDER BY 1
                """
            return try String.fetchAll(database, sql: sql)
        }
    }
}
