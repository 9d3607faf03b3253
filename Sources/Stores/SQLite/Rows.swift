import GRDB
import GRDBSQLite
import NIOCore
import RouterCore

/// What a SELECT finds, row after row; nothing is copied until it is asked for.
final class Rows {
    private let statement: Statement
    private let database: Database
    private var handle: OpaquePointer { statement.sqliteStatement }

    init(_ database: Database, _ sql: String, _ values: Int64...) throws {
        statement = try database.makeStatement(sql: sql)
        self.database = database
        for (index, value) in values.enumerated() {
            let code = sqlite3_bind_int64(handle, Int32(index + 1), value)
            if code != SQLITE_OK { throw DatabaseError(code, database) }
        }
    }

    /// Goes to the next row.
    ///
    /// - Returns: false when there is none.
    func next() throws -> Bool {
        let code = sqlite3_step(handle)
        if code == SQLITE_ROW { return true }
        if code == SQLITE_DONE { return false }
        throw DatabaseError(code, database)
    }

    func number(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    /// Valid until `next`.
    func bytes(_ column: Int32) -> UnsafeRawBufferPointer {
        let start = sqlite3_column_blob(handle, column)
        return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column)))
    }

    func text(_ column: Int32) -> String { String(decoding: bytes(column), as: UTF8.self) }

    func buffer(_ column: Int32) -> ByteBuffer { ByteBuffer(bytes: bytes(column)) }
}

/// Posts and private messages that are read together: so many, and of so many bytes.
struct Page {
    private(set) var rows: [JournalRow] = []
    private let limit: Int
    private var bytesLeft: Int

    /// What `add` expects a SELECT to begin with.
    static let postColumns = "id, timestamp, sender, sender_name, content, type"
    static let privateColumns = "id, timestamp, sender, sender_name, content, 'private_message'"

    init(limit: Int, maxBytes: Int) { (self.limit, bytesLeft) = (limit, maxBytes) }

    /// Takes what the rows are at.
    ///
    /// - Returns: false when there is no place for it.
    mutating func add(_ found: Rows, room: String?) -> Bool {
        let size = found.bytes(3).count + found.bytes(4).count
        guard rows.count < limit && (rows.isEmpty || size <= bytesLeft) else { return false }
        bytesLeft -= size
        rows.append(
            JournalRow(
                id: found.number(0), timestamp: found.number(1), type: found.text(5), sender: found.number(2),
                senderName: found.buffer(3), room: room, content: found.buffer(4)))
        return true
    }
}
