import GRDB
import NIOCore
import RouterCore

/// Writes a group in one transaction.
struct GroupInsert {
    /// The rooms' ids in the file, by their numbers.
    let rooms: [Int64]
    let synchronous: Synchronous

    /// - Throws: why nothing of the group is in the file.
    func commit(_ group: JournalGroup, _ database: Database) throws(JournalFailure) {
        do {
            // One that could not even be rolled back: so far SQLite has always been able to.
            if database.isInsideTransaction { try database.rollback() }
            try synchronous.wait(database)
            try RowStatement.run(database, "BEGIN IMMEDIATE")
            try insert(group, database)
            try SessionRows.write(group, database)
            try writeLastIds(group, database)
            try RowStatement.run(database, "COMMIT")
        } catch {
            let failure = JournalFailure("committing \(group.entries.count) posts", error)
            // What this throws says no more than the failure.
            try? database.rollback()
            throw failure
        }
    }

    private func insert(_ group: JournalGroup, _ database: Database) throws {
        if group.entries.isEmpty { return }
        var statements = try Statements(database)
        try group.bytes.withUnsafeReadableBytes { bytes in
            for entry in group.entries {
                switch entry.target {
                case .room(let number):
                    try statements.insert(entry, Self.content(entry), room: rooms[number], bytes)
                case .user(let receiver, let name):
                    try statements.insert(entry, receiver: receiver, name: name, bytes)
                }
            }
        }
    }

    private static func content(_ entry: JournalGroup.Entry) throws -> Range<Int> {
        guard let content = entry.content else { throw JournalFailure("post \(entry.id) has no content") }
        return content
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

private struct Statements {
    private var post: RowStatement
    private var keyedPost: RowStatement
    private var privateMessage: RowStatement

    init(_ database: Database) throws {
        post = try RowStatement(
            database,
            "INSERT INTO posts (id, room, sender, sender_name, type, content, timestamp) VALUES (?, ?, ?, ?, ?, ?, ?)")
        keyedPost = try RowStatement(
            database,
            """
            INSERT INTO posts (id, room, sender, sender_name, type, content, timestamp, key, digest) \
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        privateMessage = try RowStatement(
            database,
            """
            INSERT INTO private_messages \
            (id, receiver, sender, sender_name, receiver_name, content, timestamp, key, digest) \
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
    }

    @inline(__always)
    mutating func insert(
        _ entry: JournalGroup.Entry, _ content: Range<Int>, room: Int64, _ bytes: UnsafeRawBufferPointer
    ) throws {
        if let key = entry.key {
            keyedPost.bind(entry, content, room: room, bytes)
            keyedPost.bind(8, bytes.text(key.text))
            keyedPost.bind(9, Int64(bitPattern: key.digest))
            try keyedPost.run()
        } else {
            post.bind(entry, content, room: room, bytes)
            try post.run()
        }
    }

    mutating func insert(
        _ entry: JournalGroup.Entry, receiver: Int64, name: Range<Int>, _ bytes: UnsafeRawBufferPointer
    ) throws {
        privateMessage.bind(1, entry.id)
        privateMessage.bind(2, receiver)
        privateMessage.bind(3, entry.sender)
        privateMessage.bind(4, bytes.text(entry.senderName))
        privateMessage.bind(5, bytes.text(name))
        if let content = entry.content {
            privateMessage.bind(6, bytes.text(content))
        } else {
            privateMessage.bindNothing(6)
        }
        privateMessage.bind(7, entry.timestamp)
        if let key = entry.key {
            privateMessage.bind(8, bytes.text(key.text))
            privateMessage.bind(9, Int64(bitPattern: key.digest))
        } else {
            privateMessage.bindNothing(8)
            privateMessage.bindNothing(9)
        }
        try privateMessage.run()
    }
}

extension RowStatement {
    @inline(__always)
    fileprivate mutating func bind(
        _ entry: JournalGroup.Entry, _ content: Range<Int>, room: Int64, _ bytes: UnsafeRawBufferPointer
    ) {
        bind(1, entry.id)
        bind(2, room)
        bind(3, entry.sender)
        bind(4, bytes.text(entry.senderName))
        bind(5, entry.type)
        bind(6, bytes.text(content))
        bind(7, entry.timestamp)
    }
}

extension UnsafeRawBufferPointer {
    @inline(__always)
    fileprivate func text(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[range])
    }
}
