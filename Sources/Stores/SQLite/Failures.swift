import GRDB
import GRDBSQLite
import RouterCore

extension JournalFailure {
    /// - Parameters:
    ///   - doing: what was tried, for example "committing 3 posts".
    ///   - database: where it was tried: it knows what the system said.
    init(_ doing: String, _ error: any Error, _ database: Database? = nil) {
        if let failure = error as? JournalFailure {
            self = failure
        } else {
            self.init("\(doing): \(Self.reason(error, database))")
        }
    }

    private static func reason(_ error: any Error, _ database: Database?) -> String {
        guard let error = error as? DatabaseError else { return "\(error)" }
        let said = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
        guard let connection = database?.sqliteConnection, error.comesFromSystem else { return said }
        let code = sqlite3_system_errno(connection)
        return code == 0 ? said : "\(said) (\(words(code)))"
    }
}

extension DatabaseError {
    /// SQLite keeps the system's code of these only.
    fileprivate var comesFromSystem: Bool { resultCode == .SQLITE_IOERR || resultCode == .SQLITE_CANTOPEN }

    /// What SQLite says of the last call on a connection.
    init(_ code: Int32, _ database: Database) {
        self.init(resultCode: ResultCode(rawValue: code), message: database.lastErrorMessage)
    }
}
