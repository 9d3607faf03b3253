import GRDB
import Synchronization

/// When the connection that writes waits for the disk: with each commit, but for those that need not be on disk.
final class Synchronous: Sendable {
    static let always = "PRAGMA synchronous = FULL"
    private static let later = "PRAGMA synchronous = NORMAL"

    private let isRelaxed = Mutex(false)

    /// From here on a commit is on disk when it is done; before each that has to be.
    func wait(_ database: Database) throws {
        guard isRelaxed.withLock({ $0 }) else { return }
        try database.execute(sql: Self.always)
        isRelaxed.withLock { $0 = false }
    }

    /// Does something whose commit is on disk with the next that is waited for.
    func relaxed(_ database: Database, _ body: () throws -> Void) throws {
        isRelaxed.withLock { $0 = true }
        try database.execute(sql: Self.later)
        try body()
    }
}
