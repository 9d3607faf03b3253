import Foundation
import RouterCore
import Seeds
import Synchronization
import Testing

@testable import SQLiteStore

@Suite("Whatever moment a process ends at, a prefix of whole groups is there, and of those all that were called done")
struct CrashTests {
    @Test(
        "Copies of the files, taken while groups are committed and brought into the file",
        arguments: [1, 2, 3] as [UInt64])
    func copies(_ seed: UInt64) async throws {
        try await withFolder { folder in
            let (journal, _) = try SQLiteJournal.open(in: folder, keeps: .init(posts: seed == 3 ? 40 : nil))
            let groups = CommittedGroups(seed)
            let writer = Task { while !Task.isCancelled { try await groups.commitNext(to: journal) } }
            for copy in 1...12 {
                let done = groups.done
                try FileCopy(of: folder).write(to: folder + "-\(copy)")
                defer { try? FileManager.default.removeItem(atPath: folder + "-\(copy)") }
                try await groups.expectPrefix(in: folder + "-\(copy)", atLeast: done, pruned: seed == 3)
                await groups.passed(done + 20)
            }
            writer.cancel()
            try await writer.value
            await journal.close()
        }
    }

    @Test("A log that ends anywhere, or in nonsense", arguments: [4, 5] as [UInt64])
    func tornLogs(_ seed: UInt64) async throws {
        var random = Seeded(seed)
        try await withFolder { folder in
            let (journal, _) = try SQLiteJournal.open(in: folder)
            let groups = CommittedGroups(seed)
            for _ in 1...60 { try await groups.commitNext(to: journal) }
            let whole = try FileCopy(of: folder)
            await journal.close()
            for turn in 1...40 {
                var torn = whole
                torn.log.removeLast(Int.random(in: 0...torn.log.count, using: &random))
                if random.chance(2) {
                    torn.log += (0..<Int.random(in: 1...9_000, using: &random)).map { _ in
                        .random(in: 0...255, using: &random)
                    }
                }
                try torn.write(to: folder + "-\(turn)")
                defer { try? FileManager.default.removeItem(atPath: folder + "-\(turn)") }
                try await groups.expectPrefix(in: folder + "-\(turn)", atLeast: 0)
            }
        }
    }

    @Test("kill -9 in the middle of a commit; the lock goes with the process", .serialized, arguments: 1...4)
    func kill(_ turn: Int) async throws {
        // The child finds its folder by the number of its parent's process: it is handed nothing else.
        let folder = Self.folder(of: getpid())
        defer { try? FileManager.default.removeItem(atPath: folder) }
        await #expect(processExitsWith: .signal(SIGKILL)) {
            let folder = CrashTests.folder(of: getppid())
            let (journal, _) = try SQLiteJournal.open(in: folder)
            let seed = UInt64(getpid())
            let groups = CommittedGroups(seed)
            var random = Seeded(seed)
            for _ in 0..<Int.random(in: 10...300, using: &random) {
                try await groups.commitNext(to: journal)
                try "\(seed) \(groups.done)".write(toFile: folder + "/done", atomically: true, encoding: .utf8)
            }
            groups.handOver(to: journal)
            for _ in 0..<Int.random(in: 0...30_000, using: &random) { sched_yield() }
            Foundation.kill(getpid(), SIGKILL)
        }
        let done = try String(contentsOfFile: folder + "/done", encoding: .utf8).split(separator: " ").compactMap {
            UInt64($0)
        }
        try await CommittedGroups(done[0]).expectPrefix(in: folder, atLeast: Int(done[1]))
    }

    private static func folder(of process: Int32) -> String {
        FileManager.default.temporaryDirectory.appending(path: "journal-killed-\(process)").path
    }
}

/// The file and its log at one moment.
struct FileCopy {
    let file: Data
    var log: Data

    /// While somebody writes: the log only grows, unless it is brought into the file meanwhile, or starts from its
    /// beginning with another header. Then it is tried again: no crash leaves a mixture of two logs.
    init(of folder: String) throws {
        let (file, log) = (URL(filePath: folder + "/router.db"), URL(filePath: folder + "/router.db-wal"))
        while true {
            let before = try Data(contentsOf: file)
            let copy = try Data(contentsOf: log)
            let header = try Data(contentsOf: log).prefix(32)
            if try header == copy.prefix(32) && Data(contentsOf: file) == before {
                (self.file, self.log) = (before, copy)
                return
            }
        }
    }

    func write(to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try file.write(to: URL(filePath: folder + "/router.db"))
        try log.write(to: URL(filePath: folder + "/router.db-wal"))
    }
}
