import GRDB
import GRDBSQLite

/// A statement that is run row after row, without an array or a copy of the values for each.
///
/// What is bound must stay where it is until `run` has returned.
struct RowStatement {
    private let statement: Statement
    private let database: Database
    private let handle: OpaquePointer
    private var fault = SQLITE_OK

    /// Prepared once for each connection.
    init(_ database: Database, _ sql: String) throws {
        statement = try database.cachedStatement(sql: sql)
        handle = statement.sqliteStatement
        self.database = database
    }

    @inline(__always)
    mutating func bind(_ index: Int32, _ number: Int64) {
        fault |= sqlite3_bind_int64(handle, index, number)
    }

    @inline(__always)
    mutating func bind(_ index: Int32, _ text: UnsafeRawBufferPointer) {
        let start = text.baseAddress?.assumingMemoryBound(to: CChar.self)
        fault |= sqlite3_bind_text(handle, index, start, Int32(truncatingIfNeeded: text.count), nil)
    }

    @inline(__always)
    mutating func bind(_ index: Int32, _ text: StaticString) {
        bind(index, UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @inline(__always)
    mutating func bindNothing(_ index: Int32) {
        fault |= sqlite3_bind_null(handle, index)
    }

    /// - Throws: `DatabaseError` when SQLite could not do it, or not bind one of the values.
    @inline(__always)
    mutating func run() throws {
        let code = fault == SQLITE_OK ? sqlite3_step(handle) : fault
        if code != SQLITE_DONE { throw failure(code) }
        sqlite3_reset(handle)
    }

    /// Runs one that has nothing to bind.
    static func run(_ database: Database, _ sql: String) throws {
        var statement = try RowStatement(database, sql)
        try statement.run()
    }

    @inline(never)
    private mutating func failure(_ code: Int32) -> DatabaseError {
        let error = DatabaseError(code, database)
        sqlite3_reset(handle)
        fault = SQLITE_OK
        return error
    }
}
