import NIOCore
import RouterCore
import Testing

@testable import RouterServer

@Suite("A journal is closed")
struct JournalCloseTests {
    @Test("one that hangs is not waited for beyond timeouts.close, and the failure names it")
    func hangs() async {
        let failure = await #expect(throws: JournalFailure.self) {
            try await ClosedJournal(hangs: true).close(within: .milliseconds(10))
        }
        #expect(failure?.description == "router.db: the disk has not answered while it was closed")
    }

    @Test("one that does not is waited for")
    func closes() async throws {
        try await ClosedJournal(hangs: false).close(within: .seconds(60))
    }
}

/// One that can only be closed.
private final class ClosedJournal: Journal {
    let place = "router.db"
    private let hangs: Bool
    /// Nothing ever comes of it.
    private let (answers, answer) = AsyncStream<Void>.makeStream()

    init(hangs: Bool) { self.hangs = hangs }

    func close() async {
        if hangs { for await _ in answers {} }
    }

    func commit(_ group: JournalGroup, _ done: @escaping @Sendable (JournalFailure?) -> Void) { done(nil) }

    func page(
        of room: String, before: Int64, limit: Int, maxBytes: Int
    ) async throws(JournalFailure) -> [JournalRow] { [] }

    func count(_ missed: Missed, most: Int) async throws(JournalFailure) -> Int? { nil }
    func page(of missed: Missed, limit: Int, maxBytes: Int) async throws(JournalFailure) -> [JournalRow]? { nil }
    func keys(of session: Int64, limit: Int) async throws(JournalFailure) -> [JournalKey] { [] }
}
