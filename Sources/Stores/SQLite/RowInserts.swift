import GRDB
import RouterCore

/// Inserts posts of rooms, several with each run of a statement: starting one takes as long as a row.
struct PostInsert {
    private static let together = 16
    private static let columns: Int32 = 8

    private var one: RowStatement
    private var several: RowStatement
    /// The last ones that were added are bound to `several`, which has not been run with them.
    private var waiting = 0

    init(_ database: Database) throws {
        one = try RowStatement(database, Self.insert(rows: 1))
        several = try RowStatement(database, Self.insert(rows: Self.together))
    }

    /// FAIL, since a group that fails is rolled back whole: SQLite needs no copies to undo one statement.
    private static func insert(rows: Int) -> String {
        let row = "(?, ?, ?, ?, ?, ?, ?, ?)"
        return """
            INSERT OR FAIL INTO posts (place, sender, sender_name, type, content, timestamp, key, digest) VALUES \
            \(Array(repeating: row, count: rows).joined(separator: ", "))
            """
    }

    /// - Parameter bytes: of the group.
    @inline(__always)
    mutating func add(_ entry: JournalGroup.Entry, room: Int64, _ bytes: UnsafeRawBufferPointer) throws {
        try Self.bind(entry, room, to: &several, after: Int32(waiting) * Self.columns, bytes)
        waiting += 1
        if waiting < Self.together { return }
        waiting = 0
        try several.run()
    }

    /// Inserts those that are waiting.
    ///
    /// - Parameters:
    ///   - entries: ends with the one that was added last.
    ///   - rooms: the ids of the rooms, by their numbers.
    ///   - bytes: of the group.
    mutating func finish(
        _ entries: ArraySlice<JournalGroup.Entry>, rooms: [Int64], _ bytes: UnsafeRawBufferPointer
    ) throws {
        for entry in entries.suffix(waiting) {
            guard case .room(let number) = entry.target else { continue }
            try Self.bind(entry, rooms[number], to: &one, after: 0, bytes)
            try one.run()
        }
        waiting = 0
    }

    @inline(__always)
    private static func bind(
        _ entry: JournalGroup.Entry, _ room: Int64, to statement: inout RowStatement, after start: Int32,
        _ bytes: UnsafeRawBufferPointer
    ) throws {
        guard let content = entry.content else { throw JournalFailure("post \(entry.id) has no content") }
        statement.bind(start + 1, Place.of(entry.id, in: room))
        statement.bind(start + 2, entry.sender)
        statement.bind(start + 3, bytes.text(entry.senderName))
        statement.bind(start + 4, entry.type)
        statement.bind(start + 5, bytes.text(content))
        statement.bind(start + 6, entry.timestamp)
        statement.bind(start + 7, entry.key, bytes)
    }
}

/// Inserts private messages, a row with each run.
struct PrivateMessageInsert {
    private var one: RowStatement

    init(_ database: Database) throws {
        one = try RowStatement(
            database,
            """
            INSERT INTO private_messages \
            (id, receiver, sender, sender_name, receiver_name, content, timestamp, key, digest) \
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
    }

    /// - Parameters:
    ///   - name: of the receiver.
    ///   - bytes: of the group.
    mutating func insert(
        _ entry: JournalGroup.Entry, receiver: Int64, name: Range<Int>, _ bytes: UnsafeRawBufferPointer
    ) throws {
        one.bind(1, entry.id)
        one.bind(2, receiver)
        one.bind(3, entry.sender)
        one.bind(4, bytes.text(entry.senderName))
        one.bind(5, bytes.text(name))
        if let content = entry.content { one.bind(6, bytes.text(content)) } else { one.bindNothing(6) }
        one.bind(7, entry.timestamp)
        one.bind(8, entry.key, bytes)
        try one.run()
    }
}

extension RowStatement {
    /// The key at this index, its digest at the next.
    @inline(__always)
    fileprivate mutating func bind(_ index: Int32, _ key: JournalGroup.Key?, _ bytes: UnsafeRawBufferPointer) {
        if let key {
            bind(index, bytes.text(key.text))
            bind(index + 1, Int64(bitPattern: key.digest))
        } else {
            bindNothing(index)
            bindNothing(index + 1)
        }
    }
}

extension UnsafeRawBufferPointer {
    @inline(__always)
    fileprivate func text(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[range])
    }
}
