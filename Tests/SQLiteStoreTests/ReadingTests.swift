import GRDB
import NIOCore
import RouterCore
import Testing

@testable import SQLiteStore

@Suite("A journal is read beside what is written")
struct ReadingTests {
    @Test("A page is the newest posts below an id, oldest first, so many and of so many bytes, but one always")
    func pages() async throws {
        try await withFolder { folder in
            try await withJournal(in: folder) { journal, _ in
                var group = JournalGroup()
                for id in 1...40 as ClosedRange<Int64> { group.post(id * 2, room: Int(id % 2)) }
                try await journal.commit(group)
                // Those of room 1 have the ids 2, 6, 10 to 78; a name is 7 bytes, a content 4.
                for (before, limit, bytes, ids) in [
                    (Int64.max, 3, 1_000, [70, 74, 78]), (78, 2, 1_000, [70, 74]), (79, 2, 1_000, [74, 78]),
                    (78, 9, 33, [66, 70, 74]), (78, 9, 32, [70, 74]), (78, 9, 0, [74]), (7, 9, 1_000, [2, 6]),
                    (2, 9, 1_000, []), (0, 9, 1_000, []), (-5, 9, 1_000, []), (78, 0, 1_000, []),
                ] {
                    let page = try await journal.page(of: "random", before: before, limit: limit, maxBytes: bytes)
                    #expect(page == ids.map { row(Int64($0), "random") })
                }
            }
        }
    }

    @Test("Keys are a session's own, the newest first, of posts and private messages alike")
    func keys() async throws {
        try await withFolder { folder in
            try await withJournal(in: folder) { journal, _ in
                var group = JournalGroup()
                group.post(1, from: 7, at: 10, key: ("a", .max))
                group.post(2, from: 8, key: ("a", 2))
                group.post(3, from: 7)
                group.send(4, to: 9, from: 7, at: 11, key: ("", 1 << 63))
                group.send(5, to: 7, from: 8, key: ("b", 3))
                group.send(6, to: 9, from: 7, nil, key: ("k\u{0}é", 4))
                group.send(8, to: 9, from: 7)
                group.post(9, room: 2, from: 7, at: 12, key: ("a", 5))
                try await journal.commit(group)
                let name = ByteBuffer(string: "\"User9\"")
                let all = [
                    JournalKey(key: "a", digest: 5, id: 9, timestamp: 12),
                    JournalKey(key: "k\u{0}é", digest: 4, id: 6, timestamp: 1_000, receiver: 9, receiverName: name),
                    JournalKey(key: "", digest: 1 << 63, id: 4, timestamp: 11, receiver: 9, receiverName: name),
                    JournalKey(key: "a", digest: .max, id: 1, timestamp: 10),
                ]
                for limit in 0...5 {
                    #expect(try await journal.keys(of: 7, limit: limit) == Array(all.prefix(limit)))
                }
                #expect(try await journal.keys(of: 9, limit: 5).isEmpty)
            }
        }
    }

    @Test(
        "Whatever is read is found by an index, in the order that it is wanted in",
        arguments: [
            (RoomReading.newest, ["SEARCH posts USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"]),
            (KeyReading.posts, ["SEARCH posts USING INDEX posts_with_key (sender=?)"]),
            (KeyReading.privateMessages, ["SEARCH private_messages USING INDEX private_messages_with_key (sender=?)"]),
            (MissedReading.posts, ["SEARCH posts USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"]),
            (
                MissedReading.privateMessages,
                [
                    "SEARCH private_messages USING INDEX private_messages_by_receiver (receiver=? AND rowid>? AND rowid<?)"
                ]
            ),
            (
                MissedReading.postCount,
                [
                    "CO-ROUTINE (subquery-1)",
                    "SEARCH posts USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
                    "SCAN (subquery-1)",
                ]
            ),
            (
                MissedReading.privateCount,
                [
                    "CO-ROUTINE (subquery-1)",
                    "SEARCH private_messages USING INDEX private_messages_by_receiver (receiver=? AND rowid>? AND rowid<?)",
                    "SCAN (subquery-1)",
                ]
            ),
            (PrunedRows.posts, ["SEARCH posts USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"]),
            (PrunedRows.nth, ["SEARCH posts USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"]),
            (PrunedRows.privateMessages, ["SCAN private_messages"]),
        ])
    func plans(_ sql: String, _ plan: [String]) async throws {
        try await withFolder { folder in
            try await withJournal(in: folder) { _, _ in }
            let found = try await DatabaseQueue(path: folder + "/router.db").read { database in
                try String.fetchAll(
                    database, sql: "EXPLAIN QUERY PLAN " + sql,
                    arguments: StatementArguments(Array(repeating: 0, count: sql.count { $0 == "?" })),
                    adapter: SuffixRowAdapter(fromIndex: 3))
            }
            #expect(found == plan)
        }
    }
}
