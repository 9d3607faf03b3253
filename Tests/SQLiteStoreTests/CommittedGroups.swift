import NIOCore
import RouterCore
import Seeds
import Synchronization
import Testing

@testable import SQLiteStore

/// Groups of random sizes, one after the other, that can be told from what is left of them.
final class CommittedGroups: Sendable {
    private struct State {
        var random: Seeded
        var made = 0
        var done = 0
        var lastId: Int64 = 0
        var hasFailed = false
        var waiting: (count: Int, continuation: CheckedContinuation<Void, Never>)?

        mutating func end(failed: Bool) {
            if failed { hasFailed = true } else { done += 1 }
            guard let waiting, failed || done >= waiting.count else { return }
            self.waiting = nil
            waiting.continuation.resume()
        }
    }

    private let state: Mutex<State>

    init(_ seed: UInt64) { state = Mutex(State(random: Seeded(seed))) }

    /// How many were called done.
    var done: Int { state.withLock { $0.done } }

    func commitNext(to journal: SQLiteJournal) async throws {
        do { try await journal.commit(next()) } catch {
            state.withLock { $0.end(failed: true) }
            throw error
        }
        state.withLock { $0.end(failed: false) }
    }

    func handOver(to journal: SQLiteJournal) { journal.commit(next()) { _ in } }

    /// Returns when so many are done, or one could not be.
    func passed(_ count: Int) async {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                if state.done >= count || state.hasFailed {
                    continuation.resume()
                } else {
                    state.waiting = (count, continuation)
                }
            }
        }
    }

    private func next() -> JournalGroup {
        state.withLock { state in
            state.made += 1
            var group = JournalGroup()
            let size = Int.random(in: 1...12, using: &state.random)
            for place in 1...size {
                state.lastId += 1
                let fill = String(repeating: "x", count: Int.random(in: 0...3_000, using: &state.random))
                group.post(state.lastId, room: place % 3, "\"\(state.made) \(place) \(size) \(fill)\"")
            }
            group.lastUser = Int64(state.made)
            return group
        }
    }

    /// - Parameter pruned: the first groups may have gone, and some of one's posts.
    func expectPrefix(in folder: String, atLeast least: Int, pruned: Bool = false) async throws {
        let (journal, contents) = try SQLiteJournal.open(in: folder)
        let stays = allRooms.map { SessionRecord.Stay(room: $0, after: 0) }
        let rows: [JournalRow]
        if pruned {
            rows = try await all(journal).sorted { $0.id < $1.id }
        } else {
            rows =
                try await journal.page(
                    of: Missed(user: 99, after: 0, upTo: .max, stays: stays), limit: .max, maxBytes: .max) ?? []
        }
        await journal.close()
        let last = expectWhole(rows.map { Mark($0) }, pruned: pruned)
        #expect(last >= least)
        #expect("\(contents.ids)" == "\(IdSource(lastUser: Int64(last), lastMessage: rows.last?.id ?? 0))")
    }

    private func all(_ journal: SQLiteJournal) async throws -> [JournalRow] {
        var rows: [JournalRow] = []
        for room in allRooms { rows += try await journal.posts(of: room) }
        return rows
    }

    /// - Returns: the number of the last group.
    private func expectWhole(_ marks: [Mark], pruned: Bool) -> Int {
        var last = Mark(group: 0, place: 0, size: 0)
        for mark in marks {
            let follows =
                mark.group == last.group && mark.place == last.place + 1
                || mark.group == last.group + 1 && mark.place == 1 && last.place == last.size
            if !pruned { #expect(follows, "\(mark) behind \(last)") }
            last = mark
        }
        #expect(last.place == last.size)
        return last.group
    }
}

/// What a post says of its group.
private struct Mark {
    var group: Int
    var place: Int
    var size: Int
}

extension Mark {
    init(_ row: JournalRow) {
        let numbers = String(buffer: row.content).dropFirst().split(separator: " ").compactMap { Int($0) }
        self.init(group: numbers[0], place: numbers[1], size: numbers[2])
    }
}
