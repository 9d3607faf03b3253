import Foundation
import GRDB
import NIOCore
import RouterCore
import Synchronization
import Testing

@testable import SQLiteStore

@Suite("A group is committed as one")
struct CommitTests {
    @Test("All that an entry says is read again, whatever bytes it has")
    func everything() async throws {
        try await withFolder { folder in
            let texts = [
                "\"\"", "\"é 👩🏽‍🚀 '; DROP TABLE posts; --\"", "{\"url\":\"https://a.example\"}", "\"\\u0000\"", "7",
            ]
            try await withJournal(in: folder) { journal, _ in
                var group = JournalGroup()
                for (index, text) in texts.enumerated() {
                    group.post(Int64(index) * 3 + 1, room: 1, from: .max, text, at: .max)
                }
                try await journal.commit(group)
                let posts = try await journal.posts(of: "random")
                #expect(posts == texts.enumerated().map { row(Int64($0) * 3 + 1, "random", from: .max, $1, at: .max) })
                #expect(try await journal.posts(of: "general").isEmpty)
                #expect(try await journal.posts(of: "nowhere").isEmpty)
            }
        }
    }

    @Test("A post larger than a page of the file")
    func large() async throws {
        try await withFolder { folder in
            let text = "\"" + String(repeating: "x", count: 3_000_000) + "\""
            try await withJournal(in: folder) { journal, _ in
                var group = JournalGroup()
                for id in 1...3 as ClosedRange<Int64> { group.post(id, text) }
                try await journal.commit(group)
            }
            try await withJournal(in: folder) { journal, _ in
                let posts = try await journal.posts()
                #expect(
                    posts == [
                        row(1, "general", text), row(2, "general", text), row(3, "general", text),
                    ])
            }
        }
    }

    @Test(
        "One entry that the file can't take: nothing of the group is kept, the failure says why, and the next group is")
    func whole() async throws {
        try await withFolder { folder in
            try await withJournal(in: folder) { journal, _ in
                try await journal.commit(.posts(1...3))
                var group = JournalGroup()
                group.sessions = [SessionRecord(id: 5, name: "A", connectedAt: 1, stays: [], token: [])]
                group.lastMessage = 900
                group.send(6, to: 9)
                for id in [4, 5, 3, 7] as [Int64] { group.post(id) }
                let failure = await #expect(throws: JournalFailure.self) { try await journal.commit(group) }
                #expect(failure?.description == "committing 5 posts: UNIQUE constraint failed: posts.place")
                #expect(try await journal.posts().map(\.id) == [1, 2, 3])
                try await journal.commit(.posts(8...9))
            }
            try await withJournal(in: folder) { journal, contents in
                #expect(contents.newest[0].map(\.id) == [1, 2, 3, 8, 9] && contents.sessions.isEmpty)
                #expect("\(contents.ids)" == "\(IdSource(lastUser: 0, lastMessage: 9))")
                let missed = Missed(user: 9, after: 0, upTo: 100, stays: [])
                let count = try await journal.count(missed, most: 10)
                #expect(count == 0)
            }
        }
    }

    @Test("A commit is synced: SQLite is told so, for the connection that writes")
    func synced() async throws {
        try await withFolder { folder in
            try await withJournal(in: folder) { journal, _ in
                let settings = try await journal.pool.writeWithoutTransaction { database in
                    try ["journal_mode", "synchronous"].map { try String.fetchOne(database, sql: "PRAGMA " + $0) }
                }
                #expect(settings == ["wal", "2"])
            }
        }
    }

    @Test("A transaction that was left open does not stop the next group")
    func leftOpen() async throws {
        try await withFolder { folder in
            try await withJournal(in: folder) { journal, _ in
                try await journal.pool.writeWithoutTransaction { database in
                    try database.execute(sql: "BEGIN IMMEDIATE; INSERT INTO rooms (name) VALUES ('never')")
                }
                try await journal.commit(.posts(1...3))
                #expect(try await journal.posts().count == 3)
            }
            let rooms = try await DatabaseQueue(path: folder + "/router.db").read { database in
                try Int.fetchOne(database, sql: "SELECT count(*) FROM rooms")
            }
            #expect(rooms == 3)
        }
    }

    @Test(
        "Groups that are handed over at once become durable in this order, each is called done once, and closing waits")
    func order() async throws {
        try await withFolder { folder in
            let (journal, _) = try SQLiteJournal.open(in: folder)
            let done = Done()
            for id in 1...200 as ClosedRange<Int64> { journal.commit(.posts(id...id)) { done.add(id, $0) } }
            await journal.close()
            #expect(done.ids == Array(1...200))
            try await withJournal(in: folder) { journal, _ in
                let posts = try await journal.posts()
                #expect(posts.map(\.id) == Array(1...200))
            }
        }
    }

    @Test("After it is closed, a group fails and reading does")
    func closed() async throws {
        try await withFolder { folder in
            let (journal, _) = try SQLiteJournal.open(in: folder)
            await journal.close()
            await #expect(throws: JournalFailure.self) { try await journal.commit(.posts(1...1)) }
            await #expect(throws: JournalFailure.self) { try await journal.posts() }
        }
    }

    @Test("What somebody else has locked fails within seconds, and works when it is free")
    func locked() async throws {
        try await withFolder { folder in
            try await withJournal(in: folder) { journal, _ in
                var configuration = Configuration()
                configuration.allowsUnsafeTransactions = true
                let other = try DatabaseQueue(path: folder + "/router.db", configuration: configuration)
                try await other.writeWithoutTransaction { try $0.beginTransaction(.immediate) }
                let failure = await #expect(throws: JournalFailure.self) { try await journal.commit(.posts(1...2)) }
                #expect(failure?.description == "committing 2 posts: database is locked")
                try await other.writeWithoutTransaction { try $0.rollback() }
                try await journal.commit(.posts(3...4))
                #expect(try await journal.posts().map(\.id) == [3, 4])
            }
        }
    }
}

/// What was called done, in this order.
private final class Done: Sendable {
    private let list = Mutex<[Int64]>([])
    var ids: [Int64] { list.withLock { $0 } }
    func add(_ id: Int64, _ failure: JournalFailure?) { list.withLock { $0.append(failure == nil ? id : -id) } }
}
