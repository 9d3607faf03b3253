import Foundation
import GRDB
import HandlerTesting
import Logging
import RouterCore
import Synchronization
import Testing

@testable import SQLiteStore

@Suite("Files that are removed or replaced")
struct MovedFilesTests {
    private static let names = ["router.db", "router.db-wal", "router.db-shm", "router.lock"]

    /// A journal with a post in it, and a clock that a test moves.
    private func withJournal(
        keeps: SQLiteJournal.Retention = .init(), log: Logger = .silent,
        _ body: (_ folder: String, _ journal: SQLiteJournal, _ seconds: Seconds) async throws -> Void
    ) async throws {
        try await withFolder { folder in
            let seconds = Seconds()
            let (journal, _) = try SQLiteJournal.open(in: folder, keeps: keeps, log: log, now: { seconds.now })
            try await journal.commit(.posts(1...1))
            try await body(folder, journal, seconds)
            await journal.close()
        }
    }

    private final class Seconds: Sendable {
        private let value = Atomic<Int64>(1_000)
        var now: Int64 { value.load(ordering: .relaxed) }
        func pass() { value.add(1, ordering: .relaxed) }
    }

    private func expectFailure(_ journal: SQLiteJournal, _ post: Int64, _ path: String) async {
        let failure = await #expect(throws: JournalFailure.self) { try await journal.commit(.posts(post...post)) }
        #expect(failure?.description == gone(path))
    }

    private func gone(_ path: String) -> String {
        "\(path) was removed or replaced: put it back, or restart the router"
    }

    @Test("Nothing is saved or read while one is gone, from a second later on; put back, all goes on", arguments: names)
    func moved(_ name: String) async throws {
        try await withJournal { folder, journal, seconds in
            let (path, elsewhere) = (folder + "/" + name, folder + "/elsewhere")
            try FileManager.default.moveItem(atPath: path, toPath: elsewhere)
            seconds.pass()
            await expectFailure(journal, 2, path)
            await expectFailure(journal, 3, path)
            await #expect(throws: JournalFailure.self) { try await journal.posts() }
            try FileManager.default.moveItem(atPath: elsewhere, toPath: path)
            try await journal.commit(.posts(4...4))
            #expect(try await journal.posts().map(\.id) == [1, 4])
        }
    }

    @Test("While one is gone no sweep removes or moves anything; put back, all goes on", arguments: names)
    func swept(_ name: String) async throws {
        let recorder = LogRecorder()
        try await withJournal(keeps: .init(posts: 10), log: recorder.log) { folder, journal, seconds in
            try await journal.commit(.posts(2...100))
            // So much that the log is to be emptied with the next piece.
            try await journal.pool.writeWithoutTransaction {
                try $0.execute(sql: "UPDATE posts SET content = zeroblob(17 << 20) WHERE id = 1")
            }
            let (path, elsewhere) = (folder + "/" + name, folder + "/elsewhere")
            try FileManager.default.moveItem(atPath: path, toPath: elsewhere)
            seconds.pass()
            await expectFailure(journal, 101, path)
            let saved = ["router.db", "router.db-wal"].map { file in
                URL(filePath: file == name ? elsewhere : folder + "/" + file)
            }
            let before = try saved.map { try Data(contentsOf: $0) }
            for _ in 1...3 { try await journal.sweepOnly() }
            #expect(try saved.map { try Data(contentsOf: $0) } == before)
            #expect(recorder.lines == ["warning: \(gone(path))"])
            try FileManager.default.moveItem(atPath: elsewhere, toPath: path)
            try await journal.sweepOnly()
            #expect(try await journal.posts().map(\.id) == Array(91...100))
        }
    }

    @Test("Another file in its place is none", arguments: names)
    func replaced(_ name: String) async throws {
        try await withJournal { folder, journal, seconds in
            let path = folder + "/" + name
            let copy = try Data(contentsOf: URL(filePath: path))
            try FileManager.default.moveItem(atPath: path, toPath: folder + "/elsewhere")
            try copy.write(to: URL(filePath: path))
            seconds.pass()
            await expectFailure(journal, 2, path)
            await expectFailure(journal, 3, path)
        }
    }

    @Test(
        "Of a log that was removed nothing is lost that was committed, whether a sweep sees it first or a commit",
        arguments: [true, false])
    func log(_ isSwept: Bool) async throws {
        try await withJournal(keeps: .init(posts: 10)) { folder, journal, seconds in
            try FileManager.default.removeItem(atPath: folder + "/router.db-wal")
            try await journal.commit(.posts(2...2))
            seconds.pass()
            if isSwept {
                try await journal.sweepOnly()
            } else {
                await expectFailure(journal, 3, folder + "/router.db-wal")
            }
            try copy(["router.db"], from: folder, to: folder + "/copy")
            try await SQLiteStoreTests.withJournal(in: folder + "/copy") { _, contents in
                #expect(contents.newest[0].map(\.id) == [1, 2])
            }
        }
    }

    @Test("An older file, one without its log and none at all are not taken for what was saved, until the lock is gone")
    func older() async throws {
        try await withFolder { folder in
            let (journal, _) = try SQLiteJournal.open(in: folder)
            try await journal.commit(.posts(1...1))
            let withoutLog = folder + "-without-log"
            defer { try? FileManager.default.removeItem(atPath: withoutLog) }
            try copy(["router.db", "router.lock"], from: folder, to: withoutLog)
            await journal.close()
            for _ in 1...2 { expectRefusal(withoutLog, "it lacks what was saved last") }

            let older = try Data(contentsOf: URL(filePath: folder + "/router.db"))
            try await SQLiteStoreTests.withJournal(in: folder) { journal, _ in try await journal.commit(.posts(2...2)) }
            try older.write(to: URL(filePath: folder + "/router.db"))
            for _ in 1...2 { expectRefusal(folder, "it lacks what was saved last") }
            #expect(try Data(contentsOf: URL(filePath: folder + "/router.db")) == older)

            try FileManager.default.removeItem(atPath: folder + "/router.db")
            for _ in 1...2 { expectRefusal(folder, "it is missing") }
            #expect(!FileManager.default.fileExists(atPath: folder + "/router.db"))

            try older.write(to: URL(filePath: folder + "/router.db"))
            try FileManager.default.removeItem(atPath: folder + "/router.lock")
            try await SQLiteStoreTests.withJournal(in: folder) { _, contents in
                #expect(contents.newest[0].map(\.id) == [1])
            }
        }
    }

    private func copy(_ names: [String], from folder: String, to other: String) throws {
        try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
        for name in names {
            try FileManager.default.copyItem(atPath: folder + "/" + name, toPath: other + "/" + name)
        }
    }

    private func expectRefusal(_ folder: String, _ words: String) {
        let failure = #expect(throws: JournalFailure.self) { try SQLiteJournal.open(in: folder) }
        #expect(failure?.description.hasPrefix("\(folder)/router.db: \(words)") == true, "\(failure as Any)")
    }

    @Test(
        "A folder is made by way of others that are not there, `..` among them", arguments: ["a/../b", "data/../x/y"])
    func upwards(_ path: String) async throws {
        try await withFolder { top in
            for isNew in [true, false] {
                try await SQLiteStoreTests.withJournal(in: top + "/" + path) { journal, _ in
                    #expect(journal.isNew == isNew)
                }
            }
        }
    }
}
