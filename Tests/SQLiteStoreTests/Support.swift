import Foundation
import GRDB
import Logging
import NIOCore
import RouterCore

@testable import SQLiteStore

/// A folder's path that is free, and what is there afterwards is removed.
func withFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let path = FileManager.default.temporaryDirectory.appending(path: "journal-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(path)
}

let allRooms = ["general", "random", "gaming"]

extension Logger {
    static var silent: Logger { Logger(label: "journal") { _ in SwiftLogNoOpLogHandler() } }
}

extension SQLiteJournal {
    static func open(
        in folder: String, rooms: [String] = allRooms, posts: Int = 100, bytes: Int = 1 << 20,
        keeps: Retention = Retention(), log: Logger = .silent, now: @escaping @Sendable () -> Int64 = { 1_000 }
    ) throws -> (SQLiteJournal, JournalContents) {
        try open(
            folder, rooms: rooms, window: Window(posts: posts, bytes: bytes), keeps: keeps,
            log: log, now: now)
    }

    /// Returns when the group is on disk.
    func commit(_ group: JournalGroup) async throws(JournalFailure) {
        let failure = await withCheckedContinuation { continuation in
            commit(group) { continuation.resume(returning: $0) }
        }
        if let failure { throw failure }
    }

    /// Returns when nothing is left to be pruned of what is due.
    func settle() async throws {
        // What the group before has made due is known once the next one has its turn.
        repeat { try await commit(JournalGroup()) } while isPruning
    }

    /// The same of a sweep, without a commit, which may fail.
    func sweepOnly() async throws {
        sweep()
        repeat { try await pool.writeWithoutTransaction { _ in } } while isPruning
    }

    func posts(of room: String = "general") async throws -> [JournalRow] {
        try await page(of: room, before: .max, limit: .max, maxBytes: .max)
    }
}

/// Opens, does something, closes.
func withJournal<Result>(
    in folder: String, rooms: [String] = allRooms, keeps: SQLiteJournal.Retention = .init(),
    _ body: (SQLiteJournal, JournalContents) async throws -> Result
) async throws -> Result {
    let (journal, contents) = try SQLiteJournal.open(in: folder, rooms: rooms, keeps: keeps)
    do {
        let result = try await body(journal, contents)
        await journal.close()
        return result
    } catch {
        await journal.close()
        throw error
    }
}

extension JournalGroup {
    mutating func keep(_ text: String) -> Range<Int> {
        var text = text
        return text.withUTF8 { keep(UnsafeRawBufferPointer($0)) }
    }

    private mutating func keep(_ key: (String, UInt64)?) -> Key? {
        key.map { Key(text: keep($0.0), digest: $0.1) }
    }

    mutating func post(
        _ id: Int64, room: Int = 0, from sender: Int64 = 1, _ content: String = "\"hi\"", at timestamp: Int64 = 1_000,
        key: (String, UInt64)? = nil
    ) {
        add(
            Entry(
                id: id, timestamp: timestamp, type: "message", sender: sender, senderName: keep("\"User\(sender)\""),
                target: .room(room), content: keep(content), key: keep(key)))
    }

    mutating func send(
        _ id: Int64, to receiver: Int64, from sender: Int64 = 1, _ content: String? = "\"psst\"",
        at timestamp: Int64 = 1_000, key: (String, UInt64)? = nil
    ) {
        add(
            Entry(
                id: id, timestamp: timestamp, type: "private_message", sender: sender,
                senderName: keep("\"User\(sender)\""), target: .user(receiver, name: keep("\"User\(receiver)\"")),
                content: content.map { keep($0) }, key: keep(key)))
    }

    static func posts(_ ids: ClosedRange<Int64>, room: Int = 0, at timestamp: Int64 = 1_000) -> JournalGroup {
        var group = JournalGroup()
        for id in ids { group.post(id, room: room, at: timestamp) }
        return group
    }
}

/// What a row should be that `JournalGroup.post` or `send` has brought.
func row(
    _ id: Int64, _ room: String?, from sender: Int64 = 1, _ content: String = "\"hi\"", at timestamp: Int64 = 1_000
) -> JournalRow {
    JournalRow(
        id: id, timestamp: timestamp, type: room == nil ? "private_message" : "message", sender: sender,
        senderName: ByteBuffer(string: "\"User\(sender)\""), room: room, content: ByteBuffer(string: content))
}
