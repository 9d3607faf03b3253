import GRDB
import Logging
import RouterCore
import Synchronization

/// Removes posts and private messages that are not to be kept, a few at a time, so that no commit waits long.
final class Pruning: Sendable {
    /// A room's posts, or all private messages.
    private struct Shelf {
        /// Nil for private messages.
        let room: Int64?
        var count: Int
    }

    private struct State {
        var shelves: [Shelf]
        /// Where something may have to go.
        var due: [Int] = []
        /// How many rows go at once.
        var piece = Pruning.slack.lowerBound
        /// After a failure nothing is tried until the next sweep.
        var isResting = false
        /// Whether the log says so.
        var isTold = false
        var isClosed = false

        /// What the next piece is of.
        var next: (place: Int, shelf: Shelf, most: Int)? {
            guard let place = due.last, !isClosed else { return nil }
            return (place, shelves[place], piece)
        }

        mutating func note(_ removed: Piece, at place: Int) -> Progress {
            shelves[place].count -= removed.count
            if removed.count > 0 {
                piece = removed.isLong ? max(piece / 2, Pruning.fewest) : min(piece * 2, Pruning.mostAtOnce)
            }
            if removed.isLast { due.removeAll { $0 == place } }
            // Not before: where nothing was to be removed, a full disk was not asked for anything.
            if due.isEmpty { isTold = false }
            return due.isEmpty ? .done : .unfinished
        }

        /// Nearly full disks take what is small.
        ///
        /// - Returns: false when it could not have been much smaller.
        mutating func retrySmaller() -> Bool {
            defer { piece = Pruning.fewest }
            return piece > Pruning.fewest
        }

        /// - Returns: whether to say so.
        mutating func noteFailure() -> Bool {
            defer { isTold = true }
            (due, isResting) = ([], true)
            return !isTold
        }
    }

    /// What has come of a piece.
    enum Progress {
        /// There may be more to remove.
        case unfinished
        case done
        /// Nothing was removed.
        case failed
    }

    /// What was removed with one transaction.
    private struct Piece {
        var count = 0
        var isLong = false
        /// Whether there is nothing more of that shelf.
        var isLast = true
    }

    /// How many rows too many there are before any goes: a fiftieth, within these.
    private static let slack = 200...mostAtOnce
    private static let mostAtOnce = 2_000
    private static let fewest = 10
    private static let longestAtOnce = Duration.milliseconds(2)

    let synchronous = Synchronous()
    private let keeps: SQLiteJournal.Retention
    private let now: @Sendable () -> Int64
    private let log: Logger
    private let slack: Int
    private let shelfOfRoom: [Int]
    private let state: Mutex<State>

    /// - Parameter rooms: the ids of the configured rooms, by their numbers.
    init(
        _ database: Database, rooms: [Int64], keeps: SQLiteJournal.Retention, now: @escaping @Sendable () -> Int64,
        log: Logger
    ) throws {
        (self.keeps, self.now, self.log) = (keeps, now, log)
        slack = min(max((keeps.posts ?? 0) / 50, Self.slack.lowerBound), Self.slack.upperBound)
        let shelves = try Self.shelves(database)
        shelfOfRoom = rooms.map { room in shelves.firstIndex { $0.room == room } ?? 0 }
        state = Mutex(State(shelves: shelves))
    }

    private static func shelves(_ database: Database) throws -> [Shelf] {
        let ids = try Int64.fetchAll(database, sql: "SELECT id FROM rooms ORDER BY id")
        let messages = try Int.fetchOne(database, sql: "SELECT count(*) FROM private_messages") ?? 0
        let rooms = try ids.map { Shelf(room: $0, count: try count(of: $0, database)) }
        return [Shelf(room: nil, count: messages)] + rooms
    }

    private static func count(of room: Int64, _ database: Database) throws -> Int {
        let count = "SELECT count(*) FROM posts WHERE place > ? AND place < ?"
        let rows = try Rows(database, count, Place.start(of: room), Place.end(of: room))
        return try rows.next() ? Int(rows.number(0)) : 0
    }

    /// Counts what was committed.
    ///
    /// - Returns: true when `piece` is to be called.
    func add(_ group: JournalGroup) -> Bool {
        guard let most = keeps.posts else { return false }
        return state.withLock { state in
            let wasDue = !state.due.isEmpty
            for entry in group.entries {
                let shelf = if case .room(let number) = entry.target { shelfOfRoom[number] } else { 0 }
                state.shelves[shelf].count += 1
                if state.shelves[shelf].count - most == slack && !state.isResting { state.due.append(shelf) }
            }
            return !wasDue && !state.due.isEmpty
        }
    }

    /// Everything is looked through.
    ///
    /// - Returns: true when `piece` is to be called.
    func sweep() -> Bool {
        if keeps.posts == nil && keeps.seconds == nil { return false }
        return state.withLock { state in
            let wasDue = !state.due.isEmpty
            state.isResting = false
            state.due = Array(state.shelves.indices)
            return !wasDue
        }
    }

    /// The posts that are counted, and how many rooms have any.
    var holding: (posts: Int, rooms: Int) {
        state.withLock { state in
            let counts = state.shelves.filter { $0.room != nil && $0.count > 0 }.map(\.count)
            return (counts.reduce(0, +), counts.count)
        }
    }

    var isDue: Bool { state.withLock { !$0.due.isEmpty } }

    func close() { state.withLock { $0.isClosed = true } }

    /// Removes the next few rows. Nothing that others wait for is held meanwhile: the disk may hang.
    ///
    /// - Parameter check: throws when nothing may be written now.
    func piece(_ database: Database, check: () throws -> Void) -> Progress {
        guard let next = state.withLock({ $0.next }) else { return .done }
        do {
            try check()
            let piece = try remove(from: next.shelf, most: next.most, database)
            return state.withLock { $0.note(piece, at: next.place) }
        } catch {
            // Every sweep would say it again.
            let failure = JournalFailure("removing old posts from the journal", error)
            let isFull = (error as? DatabaseError)?.resultCode == .SQLITE_FULL
            if isFull, state.withLock({ $0.retrySmaller() }) { return .unfinished }
            if state.withLock({ $0.noteFailure() }) { log.warning("\(failure)") }
            return .failed
        }
    }

    private func remove(from shelf: Shelf, most: Int, _ database: Database) throws -> Piece {
        let start = ContinuousClock.now
        let excess = keeps.posts.map { shelf.count - $0 } ?? 0
        guard let old = try oldest(shelf, excess: excess, most: most, database) else { return Piece() }
        // What is removed may come back after a crash, and is removed again: only the next group has to be on disk.
        try synchronous.relaxed(database) {
            try database.inTransaction(.immediate) {
                try PrunedRows.remove(old, room: shelf.room, database)
                return .commit
            }
        }
        return Piece(
            count: old.count, isLong: ContinuousClock.now - start > Self.longestAtOnce,
            isLast: old.count < most && excess <= 0)
    }

    /// The first rows, as far as they are too many or too old.
    private func oldest(_ shelf: Shelf, excess: Int, most: Int, _ database: Database) throws -> PrunedRows? {
        if let room = shelf.room, excess > 0 {
            return try PrunedRows(first: min(excess, most), room: room, database)
        }
        let horizon = keeps.seconds.map { now() - $0 } ?? .min
        return try PrunedRows(room: shelf.room, most: most, database) { index, timestamp in
            index < excess || timestamp < horizon
        }
    }
}
