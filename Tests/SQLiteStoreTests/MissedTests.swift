import RouterCore
import Seeds
import Testing

@testable import SQLiteStore

@Suite("What somebody has missed")
struct MissedTests {
    typealias Stay = SessionRecord.Stay

    @Test("Posts of others in the rooms that it was in and while it was, and private messages to it, by their ids")
    func rules() async throws {
        try await withFolder { folder in
            try await withJournal(in: folder) { journal, _ in
                var group = JournalGroup()
                for id in 1...30 as ClosedRange<Int64> { group.post(id * 10, room: Int(id % 3), from: id % 2 + 1) }
                for id in 1...5 as ClosedRange<Int64> { group.send(id * 50 + 1, to: id % 2 + 1) }
                group.send(299, to: 2, nil, key: ("k", 1))
                try await journal.commit(group)
                let missed = Missed(
                    user: 2, after: 40, upTo: 290,
                    stays: [Stay(room: "general", after: 60, upTo: 180), Stay(room: "gaming", after: 200)])
                // 90 and 150 are its own; so are 230 and 290.
                let ids: [Int64] = [51, 120, 151, 180, 200 + 60, 251]
                let page = try await journal.page(of: missed, limit: 100, maxBytes: 1_000)
                #expect(page?.map(\.id) == ids.sorted())
                #expect(page?.map(\.room) == [nil, "general", nil, "general", nil, "gaming"])
                #expect(try await journal.count(missed, most: 100) == 6)
                #expect(try await journal.count(missed, most: 5) == 6)
                #expect(try await journal.count(missed, most: 4) == 5)
                #expect(try await journal.count(missed, most: 0) == 1)
            }
        }
    }

    @Test("Nobody misses anything in rooms that there never were, in stays that overlap, or in none", arguments: [7])
    func edges(_ user: Int64) async throws {
        try await withFolder { folder in
            try await withJournal(in: folder) { journal, _ in
                try await journal.commit(.posts(1...20))
                for (stays, ids) in [
                    ([], []), ([Stay(room: "nowhere", after: 0)], []), ([Stay(room: "general", after: 30)], []),
                    ([Stay(room: "general", after: 9, upTo: 9), Stay(room: "general", after: 9, upTo: 3)], []),
                    (
                        [Stay(room: "general", after: 4, upTo: 8), Stay(room: "general", after: 2, upTo: 6)],
                        Array(3...8)
                    ),
                    (
                        [Stay(room: "general", after: 17), Stay(room: "general", after: 2, upTo: 4)],
                        [3, 4, 18, 19, 20]
                    ),
                    ([Stay(room: "general", after: 8), Stay(room: "general", after: 8)], Array(9...20)),
                ] as [([Stay], [Int64])] {
                    let missed = Missed(user: user, after: 0, upTo: 100, stays: stays)
                    #expect(try await journal.page(of: missed, limit: 100, maxBytes: .max)?.map(\.id) == ids)
                    #expect(try await journal.count(missed, most: 100) == ids.count)
                }
            }
        }
    }

    @Test(
        "Random stays and pages: what a model of the rules says, in pages that leave no gap",
        arguments: 1...8 as ClosedRange<UInt64>)
    func model(_ seed: UInt64) async throws {
        var random = Seeded(seed)
        try await withFolder { folder in
            try await withJournal(in: folder) { journal, _ in
                var model = JournalModel()
                for _ in 1...20 { try await journal.commit(model.nextGroup(&random)) }
                for _ in 1...60 {
                    var missed = model.missed(&random)
                    let expected = model.rows(missed)
                    let most = Int.random(in: 0...60, using: &random)
                    #expect(try await journal.count(missed, most: most) == min(expected.count, most + 1))
                    let (limit, bytes) = (
                        Int.random(in: 1...20, using: &random), Int.random(in: 1...200, using: &random)
                    )
                    var all: [JournalRow] = []
                    while let page = try await journal.page(of: missed, limit: limit, maxBytes: bytes), !page.isEmpty {
                        #expect(page.count <= limit && (page.count == 1 || page.reduce(0) { $0 + $1.bytes } <= bytes))
                        all += page
                        missed.after = page[page.count - 1].id
                    }
                    #expect(all == expected)
                }
            }
        }
    }
}
