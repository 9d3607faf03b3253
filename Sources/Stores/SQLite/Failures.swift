import GRDB
import RouterCore

extension JournalFailure {
    /// Is made where the error was caught, before anything else asks the system for something.
    ///
    /// - Parameter doing: what was tried, for example "committing 3 posts".
    init(_ doing: String, _ error: any Error) {
        let code = lastSystemCode
        if let failure = error as? JournalFailure {
            self = failure
        } else if let error = error as? DatabaseError {
            let said = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
            self.init("\(doing): " + (error.comesFromSystem && code != 0 ? "\(said) (\(words(code)))" : said))
        } else {
            self.init("\(doing): \(error)")
        }
    }
}

extension DatabaseError {
    /// Of a full disk SQLite says so itself.
    fileprivate var comesFromSystem: Bool { resultCode == .SQLITE_IOERR || resultCode == .SQLITE_CANTOPEN }

    /// What SQLite says of the last call on a connection.
    init(_ code: Int32, _ database: Database) {
        self.init(resultCode: ResultCode(rawValue: code), message: database.lastErrorMessage)
    }
}
