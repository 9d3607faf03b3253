import Foundation
import GRDB
import RouterCore
import Testing

@testable import SQLiteStore

@Suite("A journal that can't be opened is refused in one line that names it")
struct RefusalTests {
    private func expectRefusal(of folder: String, _ text: String, _ location: SourceLocation = #_sourceLocation) {
        let failure = #expect(throws: JournalFailure.self, sourceLocation: location) {
            try SQLiteJournal.open(in: folder)
        }
        let said = failure?.description ?? ""
        #expect(said == folder + text && !said.contains("\n"), sourceLocation: location)
    }

    private func write(_ bytes: Data, _ folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try bytes.write(to: URL(filePath: folder + "/router.db"))
    }

    private func change(_ folder: String, _ sql: String) async throws {
        try await DatabaseQueue(path: folder + "/router.db").write { try $0.execute(sql: sql) }
    }

    @Test("A file that is no database, and it is left as it is")
    func noDatabase() async throws {
        try await withFolder { folder in
            let bytes = Data("This is a letter, not a database. ".utf8) + Data(repeating: 65, count: 5_000)
            try write(bytes, folder)
            expectRefusal(of: folder, "/router.db: opening it: file is not a database")
            #expect(try Data(contentsOf: URL(filePath: folder + "/router.db")) == bytes)
        }
    }

    @Test("Another program's database, and it is left as it is")
    func otherDatabase() async throws {
        for sql in ["CREATE TABLE letters (text)", "PRAGMA application_id = 7"] {
            try await withFolder { folder in
                try write(Data(), folder)
                try await change(folder, sql)
                let bytes = try Data(contentsOf: URL(filePath: folder + "/router.db"))
                expectRefusal(of: folder, "/router.db: this is another program's database")
                #expect(try Data(contentsOf: URL(filePath: folder + "/router.db")) == bytes)
            }
        }
    }

    @Test("A file that a newer version has written")
    func newer() async throws {
        try await withFolder { folder in
            try await withJournal(in: folder) { _, _ in }
            try await change(folder, "INSERT INTO grdb_migrations VALUES ('1000')")
            expectRefusal(
                of: folder, "/router.db: a newer version of this router has written it; this one can't read it")
        }
    }

    @Test("A file that ends too early, and one with a page of nonsense")
    func damaged() async throws {
        try await withFolder { folder in
            try await withJournal(in: folder) { journal, _ in try await journal.commit(.posts(1...2_000)) }
            let bytes = try Data(contentsOf: URL(filePath: folder + "/router.db"))
            try write(bytes.prefix(bytes.count / 2), folder)
            let cut = #expect(throws: JournalFailure.self) { try SQLiteJournal.open(in: folder) }
            #expect(cut?.description.hasSuffix("database disk image is malformed") == true)
            #expect(cut?.description.hasPrefix(folder + "/router.db: ") == true)
            var nonsense = bytes
            nonsense.replaceSubrange(bytes.count / 2..<bytes.count / 2 + 4_096, with: Data(repeating: 7, count: 4_096))
            try write(nonsense, folder)
            let damaged = #expect(throws: JournalFailure.self) { try SQLiteJournal.open(in: folder) }
            #expect(damaged?.description.hasPrefix("\(folder)/router.db: the file is damaged: ") == true)
            #expect(damaged?.description.contains("\n") == false)
            try write(bytes, folder)
            try await withJournal(in: folder) { _, contents in #expect(contents.newest[0].count == 100) }
        }
    }

    @Test("A folder that can't be made, and a file in its place")
    func folder() async throws {
        try await withFolder { folder in
            try write(Data(), folder)
            let failure = #expect(throws: JournalFailure.self) { try SQLiteJournal.open(in: folder + "/router.db") }
            #expect(failure?.description == "\(folder)/router.db: this is no folder")
            let below = #expect(throws: JournalFailure.self) { try SQLiteJournal.open(in: folder + "/router.db/data") }
            #expect(below?.description == "\(folder)/router.db/data: creating it: Not a directory")
        }
        let device = #expect(throws: JournalFailure.self) { try SQLiteJournal.open(in: "/proc/no/such") }
        #expect(device?.description.contains("/proc/no") == true)
    }

    @Test("A file that may not be written")
    func readOnly() async throws {
        await #expect(processExitsWith: .success) {
            try await withFolder { folder in
                try await withJournal(in: folder) { journal, _ in try await journal.commit(.posts(1...1)) }
                // Root may write everything.
                if getuid() == 0 {
                    try #require(chown(folder, 65_534, 65_534) == 0)
                    for name in ["/router.db", "/router.lock"] {
                        try #require(chown(folder + name, 65_534, 65_534) == 0)
                    }
                    try #require(seteuid(65_534) == 0)
                }
                chmod(folder + "/router.db", 0o400)
                RefusalTests().expectRefusal(of: folder, "/router.db: opening it: Permission denied")
                chmod(folder + "/router.db", 0o600)
                try await withJournal(in: folder) { _, contents in #expect(contents.newest[0].count == 1) }
            }
        }
    }

    @Test("A folder that somebody else uses: the message names the process, and nothing happens to the other")
    func twice() async throws {
        try await withFolder { folder in
            try await withJournal(in: folder) { journal, _ in
                try await journal.commit(.posts(1...1))
                expectRefusal(of: folder, ": the process \(getpid()) uses this folder already")
                try Data().write(to: URL(filePath: folder + "/router.lock"), options: [])
                expectRefusal(of: folder, ": another process uses this folder already")
                try await journal.commit(.posts(2...2))
            }
            try await withJournal(in: folder) { _, contents in #expect(contents.newest[0].count == 2) }
        }
    }
}
