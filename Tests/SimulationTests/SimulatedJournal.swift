@testable import HandlerTesting
@testable import RouterCore

/// The journal of one life of the server. When that has ended nothing of it reaches the disk any more.
///
/// Not checked, because all of a simulation is on one thread: loops that a test turns, and tasks that `CallerExecutor` runs
/// for whoever waits for them.
final class SimulatedJournal: Journal, @unchecked Sendable {
    private let disk: SimulatedDisk
    var isDead = false

    init(_ disk: SimulatedDisk) { self.disk = disk }

    func commit(_ group: JournalGroup, _ done: @escaping @Sendable (JournalFailure?) -> Void) {
        if isDead { done(nil) } else { disk.commit(group, done) }
    }

    func page(
        of room: String, before: Int64, limit: Int, maxBytes: Int
    ) async throws(JournalFailure) -> [JournalRow] {
        try await disk.tables.page(of: room, before: before, limit: limit, maxBytes: maxBytes)
    }

    func count(_ missed: Missed, most: Int) async throws(JournalFailure) -> Int? {
        try await disk.tables.count(missed, most: most)
    }

    func page(of missed: Missed, limit: Int, maxBytes: Int) async throws(JournalFailure) -> [JournalRow]? {
        try await disk.tables.page(of: missed, limit: limit, maxBytes: maxBytes)
    }

    func keys(of session: Int64, limit: Int) async throws(JournalFailure) -> [JournalKey] {
        let keys = try await disk.tables.keys(of: session, limit: limit)
        return disk.plant?.forgets(keys) == true ? [] : keys
    }

    func close() async {}

    var place: String { "in memory" }

    /// What a server finds that opens it, with ids set aside.
    func open(for scenario: Scenario) throws -> OpenJournal {
        var contents = disk.tables.contents(mostPosts: scenario.keptPosts)
        if let blocks = scenario.idBlocks { contents.ids.blocks = blocks }
        let opened = OpenJournal(self, contents, keepsPrivateMessages: scenario.keepsPrivateMessages)
        let pace = disk.pace
        disk.pace = nil  // nothing else happens while a server starts
        defer { disk.pace = pace }
        guard let ready = try CallerExecutor().wait(for: { try await opened.ready() }) else { throw SimulatedFailure() }
        return ready
    }
}
