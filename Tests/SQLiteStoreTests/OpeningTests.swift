import Foundation
import GRDB
import RouterCore
import Testing

@testable import SQLiteStore

@Suite("A journal is opened")
struct OpeningTests {
    @Test("Folder and files are made for their owner only, folders above included")
    func modes() async throws {
        try await withFolder { top in
            let folder = top + "/data/router"
            try await withJournal(in: folder) { journal, contents in
                #expect(contents.newest == [[], [], []] && contents.sessions.isEmpty)
                try await journal.commit(.posts(1...1))
                #expect(try mode(folder) == 0o700)
                for name in ["router.db", "router.db-wal", "router.lock"] {
                    #expect(try mode(folder + "/" + name) == 0o600, "\(name)")
                }
            }
        }
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test("What was committed is there again, by the rooms' names: reordered, dropped and come again")
    func rooms() async throws {
        try await withFolder { folder in
            try await withJournal(in: folder, rooms: ["a", "b"]) { journal, _ in
                var group = JournalGroup()
                group.post(1, room: 0, "1")
                group.post(2, room: 1, "2")
                try await journal.commit(group)
            }
            try await withJournal(in: folder, rooms: ["b", "c"]) { journal, contents in
                #expect(contents.newest == [[row(2, "b", "2")], []])
                var group = JournalGroup()
                group.post(3, room: 0, "3")
                group.post(4, room: 1, "4")
                try await journal.commit(group)
            }
            try await withJournal(in: folder, rooms: ["c", "a", "b"]) { _, contents in
                #expect(
                    contents.newest
                        == [[row(4, "c", "4")], [row(1, "a", "1")], [row(2, "b", "2"), row(3, "b", "3")]])
            }
        }
    }

    @Test("Of each room the newest posts are read, so many and of so many bytes, but one always")
    func windows() async throws {
        try await withFolder { folder in
            try await withJournal(in: folder) { journal, _ in
                try await journal.commit(.posts(1...9))
                try await journal.commit(.posts(10...12, room: 1))
            }
            // A name is 7 bytes, a content 4.
            for (posts, bytes, ids) in [
                (5, 1_000, 5...9), (100, 34, 7...9), (100, 33, 7...9), (100, 32, 8...9), (7, 1, 9...9),
            ] {
                let (journal, contents) = try SQLiteJournal.open(in: folder, posts: posts, bytes: bytes)
                #expect(contents.newest[0].map(\.id) == ids.map(Int64.init))
                #expect(contents.newest[2].isEmpty)
                await journal.close()
            }
        }
    }

    @Test("Ids go on above those reserved, above every row, above a session's and above what was pruned")
    func ids() async throws {
        try await withFolder { folder in
            try await expectIds(in: folder, 0, 0) { $0.post(7) }
            try await expectIds(in: folder, 0, 7) { $0.send(9, to: 2) }
            try await expectIds(in: folder, 0, 9) { ($0.lastUser, $0.lastMessage) = (64, 1_024) }
            try await expectIds(in: folder, 64, 1_024) { ($0.lastUser, $0.lastMessage) = (10, 10) }
            try await expectIds(in: folder, 64, 1_024) { $0.sessions = [session(80)] }
            try await expectIds(in: folder, 80, 1_024) { _ in }
            try await DatabaseQueue(path: folder + "/router.db").write {
                try $0.execute(sql: "UPDATE rooms SET pruned_up_to = 2000 WHERE name = 'random'")
            }
            try await expectIds(in: folder, 80, 2_000) { _ in }
        }
    }

    private func expectIds(
        in folder: String, _ user: Int64, _ message: Int64, then change: (inout JournalGroup) -> Void
    ) async throws {
        try await withJournal(in: folder) { journal, contents in
            #expect("\(contents.ids)" == "\(IdSource(lastUser: user, lastMessage: message))")
            var group = JournalGroup()
            change(&group)
            try await journal.commit(group)
        }
    }

    private func session(_ id: Int64) -> SessionRecord {
        SessionRecord(id: id, name: "Ada \"\\ 👩🏽‍🚀", connectedAt: 5, stays: [], token: [1, 2, 255])
    }

    @Test("Sessions are there again as they were written last, but for those forgotten")
    func sessions() async throws {
        try await withFolder { folder in
            var (first, second, third) = (session(1), session(2), session(3))
            try await withJournal(in: folder) { journal, _ in
                var group = JournalGroup()
                group.sessions = [third, first, second]
                try await journal.commit(group)
                first.stays = [.init(room: "general", after: 0, upTo: 9), .init(room: "\"\n\u{0}é", after: 12)]
                (first.previousToken, first.leftAt, first.lastUnkept, first.name) = ([9, 0, 9], 77, 8, "Eve")
                (third.token, second.name) = ([], "never written")
                group.clear()
                (group.sessions, group.forgotten) = ([first, third], [2, 99])
                try await journal.commit(group)
            }
            try await withJournal(in: folder) { _, contents in #expect(contents.sessions == [first, third]) }
        }
    }

    @Test("However often it is opened and closed, the file does not grow, and nothing else stays beside the lock")
    func unchanged() async throws {
        try await withFolder { folder in
            try await withJournal(in: folder) { journal, _ in try await journal.commit(.posts(1...50)) }
            try await withJournal(in: folder) { _, _ in }
            let size = try FileManager.default.attributesOfItem(atPath: folder + "/router.db")[.size] as? Int
            for _ in 1...3 {
                try await withJournal(in: folder) { _, contents in #expect(contents.newest[0].count == 50) }
            }
            #expect(try FileManager.default.attributesOfItem(atPath: folder + "/router.db")[.size] as? Int == size)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["router.db", "router.lock"])
        }
    }
}
