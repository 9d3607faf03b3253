import GRDB
import HandlerTesting
import Logging
import RouterCore
import Seeds
import Synchronization
import Testing

@testable import SQLiteStore

@Suite("Posts that are too many or too old go")
struct PruningTests {
    private typealias Stay = SessionRecord.Stay

    @Test("A sweep leaves of each room, and of the private messages, the newest, however many pieces that takes")
    func count() async throws {
        try await withFolder { folder in
            try await withJournal(in: folder, rooms: ["general", "old"]) { journal, _ in
                var group = JournalGroup()
                for id in 1...3_000 as ClosedRange<Int64> { group.post(id, room: Int(id % 2)) }
                for id in 3_001...3_500 as ClosedRange<Int64> { group.send(id, to: 2) }
                try await journal.commit(group)
            }
            // The room that is not configured any more, too.
            try await withJournal(in: folder, rooms: ["general"], keeps: .init(posts: 100)) { journal, _ in
                try await journal.settle()
                #expect(try await journal.posts().map(\.id) == stride(from: 2_802, through: 3_000, by: 2).map { $0 })
                #expect(
                    try await journal.posts(of: "old").map(\.id)
                        == stride(from: 2_801, through: 2_999, by: 2).map { $0 })
                #expect(try await journal.missed(2, after: 3_400)?.map(\.id) == Array(3_401...3_500))
                #expect(try await journal.missed(2, after: 3_399) == nil)
            }
        }
    }

    @Test("While posts come, a room holds at most 200 more than it is to keep when the pieces between commits are done")
    func whileCommitting() async throws {
        try await withFolder { folder in
            try await withJournal(in: folder, keeps: .init(posts: 50)) { journal, _ in
                for turn in 0..<60 as Range<Int64> {
                    try await journal.commit(.posts(turn * 40 + 1...turn * 40 + 40))
                    try await journal.settle()
                    let count = try await journal.posts().count
                    #expect(count >= min(50, Int(turn + 1) * 40) && count < 250)
                }
            }
        }
    }

    @Test("Of a room that keeps many a fiftieth more may be there, so that old ones go in larger pieces")
    func fiftieth() async throws {
        try await withFolder { folder in
            try await withJournal(in: folder, keeps: .init(posts: 15_000)) { journal, _ in
                try await journal.commit(.posts(1...15_299))
                try await journal.settle()
                #expect(journal.holding.posts == 15_299)
                try await journal.commit(.posts(15_300...15_300))
                try await journal.settle()
                #expect(journal.holding.posts == 15_000)
            }
        }
    }

    @Test("A piece is at most 2,000 rows, of one room, so that a commit behind it does not wait long")
    func pieces() async throws {
        try await withFolder { folder in
            try await withJournal(in: folder) { journal, _ in
                try await journal.commit(.posts(1...1_950))
                try await journal.commit(.posts(1_951...2_000, room: 2))
            }
            let file = try JournalFile(DataFolder(path: folder), openings: 0, log: .silent)
            let removed = try await file.pool.writeWithoutTransaction { database in
                let pruning = try Pruning(
                    database, rooms: [1, 2, 3], keeps: .init(posts: 10), now: { 0 }, log: .silent)
                #expect(pruning.sweep() && !pruning.sweep())
                return try Self.removed(by: pruning, database)
            }
            #expect(removed.reduce(0, +) == 1_980)
            #expect(removed.allSatisfy { $0 <= 2_000 } && removed.contains { $0 > 9 })
            try file.pool.close()
        }
    }

    @Test(
        "Sweeps that fail say so once, until one has come to its end, though some of its rooms have nothing to remove")
    func told() async throws {
        try await withFolder { folder in
            try await withJournal(in: folder) { journal, _ in try await journal.commit(.posts(1...30)) }
            let (file, recorder) = (try JournalFile(DataFolder(path: folder), openings: 0, log: .silent), LogRecorder())
            try await file.pool.writeWithoutTransaction { database in
                let pruning = try Pruning(
                    database, rooms: [1, 2, 3], keeps: .init(posts: 10), now: { 0 }, log: recorder.log)
                // The first piece is of a room without posts.
                for (failing, told) in [(2, 1), (2, 1), (.max, 1), (1, 2), (2, 2)] {
                    #expect(pruning.sweep())
                    let ended = Self.swept(by: pruning, failing: failing, database)
                    #expect(ended == (failing == .max ? .done : .failed))
                    #expect(recorder.lines == Array(repeating: "warning: no", count: told))
                }
            }
            try file.pool.close()
        }
    }

    /// What the last piece comes to, of those up to the one that fails.
    private static func swept(by pruning: Pruning, failing: Int, _ database: Database) -> Pruning.Progress {
        var (count, progress) = (0, Pruning.Progress.unfinished)
        while progress == .unfinished {
            count += 1
            progress = pruning.piece(database) { if count == failing { throw JournalFailure("no") } }
        }
        return progress
    }

    /// How many rows each piece has removed.
    private static func removed(by pruning: Pruning, _ database: Database) throws -> [Int] {
        var counts = [2_000]
        var isDue = true
        while isDue {
            isDue = pruning.piece(database, check: {}) == .unfinished
            counts.append(try #require(try Int.fetchOne(database, sql: "SELECT count(*) FROM posts")))
        }
        return zip(counts, counts.dropFirst()).map { $0 - $1 }
    }

    @Test("By age: a post goes when a sweep finds it older than what is to be kept, not before")
    func age() async throws {
        try await withFolder { folder in
            let now = Mutex<Int64>(100)
            let (journal, _) = try SQLiteJournal.open(
                in: folder, keeps: .init(seconds: 60), now: { now.withLock { $0 } })
            var group = JournalGroup()
            for id in 1...400 as ClosedRange<Int64> { group.post(id, at: 100 + id) }
            try await journal.commit(group)
            for (time, first) in [(161, 1), (162, 2), (163, 3), (460, 300), (461, 301)] as [(Int64, Int64)] {
                now.withLock { $0 = time }
                journal.sweep()
                try await journal.settle()
                #expect(try await journal.posts().first?.id == first)
            }
            now.withLock { $0 = 1_000 }
            journal.sweep()
            try await journal.settle()
            #expect(try await journal.posts().isEmpty)
            await journal.close()
            try await withJournal(in: folder) { _, contents in
                #expect("\(contents.ids)" == "\(IdSource(lastUser: 0, lastMessage: 400))")
            }
        }
    }

    /// Sent again it would come twice: its receiver got it, and nobody can tell.
    @Test("With a private message of which only the key was kept, resuming from before it goes")
    func keyOnly() async throws {
        try await withFolder { folder in
            try await withJournal(in: folder) { journal, _ in
                var group = JournalGroup()
                group.send(1, to: 2)
                for id in 2...9 as ClosedRange<Int64> { group.send(id, to: 2, nil, key: ("k", 1)) }
                try await journal.commit(group)
            }
            try await withJournal(in: folder, keeps: .init(posts: 0)) { journal, _ in
                try await journal.settle()
                #expect(try await journal.missed(1, after: 8) == nil)
                #expect(try await journal.missed(1, after: 9) == [])
                #expect(try await journal.keys(of: 1, limit: 10).isEmpty)
            }
        }
    }

    @Test(
        "Random commits, limits and reopenings: what is missed is complete, or known not to be",
        arguments: 1...6 as ClosedRange<UInt64>)
    func model(_ seed: UInt64) async throws {
        var random = Seeded(seed)
        try await withFolder { folder in
            var model = JournalModel()
            for _ in 1...6 {
                let most = random.chance(2) ? Int.random(in: 0...60, using: &random) : nil
                let age = random.chance(2) ? Int64.random(in: 0...30, using: &random) : nil
                let time = model.now
                let (journal, _) = try SQLiteJournal.open(
                    in: folder, keeps: .init(posts: most, seconds: age), now: { time })
                for _ in 1...8 {
                    try await journal.commit(model.nextGroup(&random))
                    if random.chance(2) { journal.sweep() }
                    if random.chance(2) { try await journal.settle() }
                    try await check(journal, model, &random)
                }
                await journal.close()
            }
        }
    }

    private func check(_ journal: SQLiteJournal, _ model: JournalModel, _ random: inout Seeded) async throws {
        for _ in 1...20 {
            let missed = model.missed(&random)
            let expected = model.rows(missed)
            // The limit is reached now and then between the two.
            if let page = try await journal.page(of: missed, limit: .max, maxBytes: .max) { #expect(page == expected) }
            if let count = try await journal.count(missed, most: 10_000) { #expect(count == expected.count) }
        }
        for room in allRooms {
            let all = model.posts.filter { $0.room == room }
            let kept = try await journal.posts(of: room)
            #expect(kept == all.suffix(kept.count))
            let after = kept.first.map { $0.id - 1 } ?? .max - 1
            let missed = Missed(user: 99, after: after, upTo: .max, stays: [Stay(room: room, after: 0)])
            // From the first that is there nothing is missing, unless private messages have gone that came later.
            if let page = try await journal.page(of: missed, limit: .max, maxBytes: .max) { #expect(page == kept) }
        }
    }
}

extension SQLiteJournal {
    fileprivate func missed(_ user: Int64, after: Int64) async throws -> [JournalRow]? {
        try await page(of: Missed(user: user, after: after, upTo: .max, stays: []), limit: .max, maxBytes: .max)
    }
}
