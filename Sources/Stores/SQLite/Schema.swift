import GRDB
import RouterCore

/// What the file looks like. A migration that was released is never changed again; a new one is added below it.
enum Schema {
    /// Tells that a file is a router's; "rout" in ASCII.
    static let application: Int32 = 0x726F_7574

    static func migrator() -> DatabaseMigrator {
        var migrator = DatabaseMigrator().disablingDeferredForeignKeyChecks()
        migrator.registerMigration("1") { try $0.execute(sql: first) }
        migrator.registerMigration("2") { try $0.execute(sql: second) }
        return migrator
    }

    /// Whether migrating is more than making the tables of a new file.
    static func isOlder(_ database: Database) throws -> Bool {
        let migrator = migrator()
        return try !migrator.appliedIdentifiers(database).isEmpty && !migrator.hasCompletedMigrations(database)
    }

    /// Nothing is written to a file that is not this router's.
    ///
    /// - Throws: `JournalFailure`.
    static func check(_ database: Database, _ path: String) throws {
        let application = try Int32.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        if application == 0, try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") == 0 { return }
        // Opening a new file ended before anything was in it, or while GRDB had a table there to make the log a file.
        if application == 0, try Bool.fetchOne(database, sql: isNew) == true { return }
        if application != Self.application { throw JournalFailure("\(path): this is another program's database") }
        if try migrator().hasBeenSuperseded(database) {
            throw JournalFailure("\(path): a newer version of this router has written it; this one can't read it")
        }
    }

    /// An older file, and one without its log, lack what was acknowledged, and the ids that were given out.
    ///
    /// - Parameter openings: how often it was opened, as the lock says, which is told once the file says so.
    /// - Throws: `JournalFailure`.
    static func check(_ database: Database, _ folder: DataFolder, openings: Int32) throws {
        guard try self.openings(database) < openings else { return }
        throw JournalFailure(
            "\(folder.file): it lacks what was saved last: put back the newest, with its router.db-wal, "
                + "or delete router.lock to go on without")
    }

    /// - Returns: how often the file was opened, this time included.
    static func countOpening(_ database: Database) throws -> Int32 {
        let openings = try self.openings(database) &+ 1
        try database.execute(sql: "PRAGMA user_version = \(openings)")
        return openings
    }

    private static func openings(_ database: Database) throws -> Int32 {
        try Int32.fetchOne(database, sql: "PRAGMA user_version") ?? 0
    }

    private static let isNew = """
        SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE tbl_name NOT IN ('grdb_migrations', 'grdb_issue_102'))
        """

    /// The indexes end with the id, as every index of SQLite's does: each finds rows in the order of their ids.
    private static let first = """
        PRAGMA application_id = \(application);
        CREATE TABLE rooms (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            pruned_up_to INTEGER NOT NULL DEFAULT 0
        );
        CREATE TABLE posts (
            id INTEGER PRIMARY KEY,
            room INTEGER NOT NULL,
            sender INTEGER NOT NULL,
            sender_name TEXT NOT NULL,
            type TEXT NOT NULL,
            content TEXT NOT NULL,
            timestamp INTEGER NOT NULL,
            key TEXT,
            digest INTEGER
        );
        CREATE INDEX posts_by_room ON posts (room);
        CREATE INDEX posts_with_key ON posts (sender) WHERE key IS NOT NULL;
        CREATE TABLE private_messages (
            id INTEGER PRIMARY KEY,
            sender INTEGER NOT NULL,
            sender_name TEXT NOT NULL,
            receiver INTEGER NOT NULL,
            receiver_name TEXT NOT NULL,
            content TEXT,
            timestamp INTEGER NOT NULL,
            key TEXT,
            digest INTEGER
        );
        CREATE INDEX private_messages_by_receiver ON private_messages (receiver) WHERE content IS NOT NULL;
        CREATE INDEX private_messages_with_key ON private_messages (sender) WHERE key IS NOT NULL;
        CREATE TABLE sessions (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            connected_at INTEGER NOT NULL,
            stays TEXT NOT NULL,
            token BLOB NOT NULL,
            previous_token BLOB NOT NULL,
            left_at INTEGER,
            last_unkept INTEGER NOT NULL
        );
        CREATE TABLE meta (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            last_user INTEGER NOT NULL,
            last_message INTEGER NOT NULL,
            private_pruned_up_to INTEGER NOT NULL
        );
        INSERT INTO meta VALUES (1, 0, 0, 0);
        """

    /// A room's posts lie together, and a new one behind the last: an index by room cost as much as the posts. They are
    /// sorted (`+`) instead of looked up one by one in the order of that index.
    private static let second = """
        CREATE TABLE placed_posts (
            place INTEGER PRIMARY KEY,
            room INTEGER GENERATED ALWAYS AS (place >> \(Place.bits)) VIRTUAL,
            id INTEGER GENERATED ALWAYS AS (place & \(Place.idsEnd - 1)) VIRTUAL,
            sender INTEGER NOT NULL,
            sender_name TEXT NOT NULL,
            type TEXT NOT NULL,
            content TEXT NOT NULL,
            timestamp INTEGER NOT NULL,
            key TEXT,
            digest INTEGER
        );
        INSERT INTO placed_posts (place, sender, sender_name, type, content, timestamp, key, digest)
            SELECT room << \(Place.bits) | id, sender, sender_name, type, content, timestamp, key, digest
            FROM posts ORDER BY +room, id;
        DROP TABLE posts;
        ALTER TABLE placed_posts RENAME TO posts;
        CREATE INDEX posts_with_key ON posts (sender, id) WHERE key IS NOT NULL;
        """
}
