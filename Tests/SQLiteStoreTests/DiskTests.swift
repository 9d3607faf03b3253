import Foundation
import RouterCore
import Testing

@testable import SQLiteStore

/// What a disk refuses, a process of its own is refused: its limits and its mounts end with it.
@Suite("A disk that takes nothing more")
struct DiskTests {
    @Test("Nothing of the group is kept, its failure says why, and the next is when there is place again")
    func fileSize() async throws {
        await #expect(processExitsWith: .success) {
            signal(SIGXFSZ, SIG_IGN)
            try await withFolder { folder in
                try await withJournal(in: folder) { journal, _ in
                    try await journal.commit(.posts(1...10))
                    for turn in 1...5 as ClosedRange<Int64> {
                        let size = try DiskTests.size(folder + "/router.db-wal")
                        try DiskTests.limitFiles(to: size + Int(turn) * 1_500)
                        await DiskTests.expectFailure(journal, turn * 5_000, "disk I/O error (File too large)")
                        try DiskTests.limitFiles(to: nil)
                        try await journal.commit(.posts(turn * 100...turn * 100 + 9))
                    }
                    #expect(try await journal.posts().count == 60)
                }
                try await withJournal(in: folder) { _, contents in
                    #expect(contents.newest[0].map(\.id) == DiskTests.ids)
                }
            }
        }
    }

    private static let ids: [Int64] = [1, 100, 200, 300, 400, 500].flatMap { [Int64]($0...$0 + 9) }

    private static func expectFailure(_ journal: SQLiteJournal, _ first: Int64, _ words: String) async {
        let failure = await #expect(throws: JournalFailure.self) {
            try await journal.commit(.posts(first...first + 999))
        }
        #expect(failure?.description == "committing 1000 posts: \(words)")
    }

    private static func size(_ path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
    }

    private static func limitFiles(to size: Int?) throws {
        var limit = rlimit()
        #if canImport(Glibc)
            let resource = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
        #else
            let resource = RLIMIT_FSIZE
        #endif
        try #require(getrlimit(resource, &limit) == 0)
        limit.rlim_cur = size.map { rlim_t($0) } ?? limit.rlim_max
        try #require(setrlimit(resource, &limit) == 0)
    }

    #if os(Linux)
        /// As far as the disk goes.
        private static func fill(_ path: String) {
            let ballast = [UInt8](repeating: 1, count: 4_096)
            guard let file = fopen(path, "w") else { return }
            setbuf(file, nil)
            while fwrite(ballast, 1, ballast.count, file) == ballast.count {}
            fclose(file)
        }

        /// On a disk of its own, unless not even root may mount one here.
        private static func withDisk(_ size: String, _ body: (String) async throws -> Void) async throws {
            try await withFolder { folder in
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                guard mount("none", folder, "tmpfs", 0, "size=\(size)") == 0 else { return }
                defer { umount(folder) }
                try await body(folder)
            }
        }

        @Test(
            "A disk that is full: the failure says so, and posts go on when there is place again",
            .enabled(if: getuid() == 0))
        func full() async throws {
            try await Self.withDisk("1m") { folder in
                let data = folder + "/data"
                try await withJournal(in: data) { journal, _ in
                    try await journal.commit(.posts(1...10))
                    Self.fill(folder + "/ballast")
                    await Self.expectFailure(journal, 5_000, "database or disk is full")
                    await Self.expectFailure(journal, 7_000, "database or disk is full")
                    try FileManager.default.removeItem(atPath: folder + "/ballast")
                    try await journal.commit(.posts(100...109))
                    #expect(try await journal.posts().count == 20)
                }
                try await withJournal(in: data) { _, contents in #expect(contents.newest[0].count == 20) }
            }
        }

        private static let text = "\"" + String(repeating: "x", count: 200) + "\""

        /// - Returns: how many could be committed, one after the other.
        private static func commit(_ ids: Range<Int64>, to journal: SQLiteJournal) async -> Int {
            for id in ids {
                var group = JournalGroup()
                group.post(id, text)
                do { try await journal.commit(group) } catch {
                    #expect(error.description == "committing 1 posts: database or disk is full")
                    return Int(id - ids.lowerBound)
                }
            }
            return ids.count
        }

        @Test(
            "A small disk is filled by posts, not by the log: then only posts are refused, until old ones are removed",
            .enabled(if: getuid() == 0))
        func small() async throws {
            try await Self.withDisk("4m") { folder in
                var count = 0
                try await withJournal(in: folder) { journal, _ in
                    count = await Self.commit(1..<50_000, to: journal)
                    #expect(count * Self.text.utf8.count > 5 << 19)
                    #expect(await Self.commit(60_000..<60_020, to: journal) == 0)
                    var group = JournalGroup()
                    group.sessions = [SessionRecord(id: 5, name: "A", connectedAt: 1, stays: [], token: [])]
                    try await journal.commit(group)
                }
                try await withJournal(in: folder) { journal, contents in
                    #expect(journal.holding.posts == count && contents.sessions.count == 1)
                }
                // What is removed goes from the start on, beside what is committed.
                try await withJournal(in: folder, keeps: .init(posts: 100)) { journal, _ in
                    try await journal.settle()
                    #expect(await Self.commit(70_000..<75_000, to: journal) == 5_000)
                }
            }
        }

        @Test(
            "A group that could be written, but not brought into the file any more, is refused; smaller ones go on",
            .enabled(if: getuid() == 0))
        func large() async throws {
            try await Self.withDisk("12m") { folder in
                try await withJournal(in: folder) { journal, _ in
                    var group = JournalGroup()
                    for id in 1...800 as ClosedRange<Int64> {
                        group.post(id, "\"" + String(repeating: "x", count: 10_000) + "\"")
                    }
                    let failure = await #expect(throws: JournalFailure.self) { try await journal.commit(group) }
                    #expect(failure?.description == "committing 800 posts: database or disk is full")
                    #expect(await Self.commit(1_000..<2_000, to: journal) == 1_000)
                }
                try await withJournal(in: folder) { journal, _ in #expect(journal.holding.posts == 1_000) }
            }
        }

        @Test(
            "A log that there was no room to bring over is brought over by itself when there is, and gives back its place",
            .enabled(if: getuid() == 0))
        func crowded() async throws {
            try await Self.withDisk("4m") { folder in
                let data = folder + "/data"
                try await withJournal(in: data) { journal, _ in
                    #expect(await Self.commit(1..<101, to: journal) == 100)
                    Self.fill(folder + "/ballast")
                    await Self.expectFailure(journal, 5_000, "database or disk is full")
                    #expect(try Self.size(data + "/router.db-wal") > 100 * LogSpace.pageBytes)
                    try FileManager.default.removeItem(atPath: folder + "/ballast")
                    try await journal.commit(.posts(9_000...9_000))
                    #expect(try Self.size(data + "/router.db-wal") < 100 * LogSpace.pageBytes)
                }
            }
        }
    #endif
}
