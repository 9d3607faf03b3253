import Handlers
import HandlerTesting
import RouterCore
import TestSupport

/// A router whose clients come and go, for tests of P46.
struct ResumeRun {
    let journal: MemoryJournal?
    let router: TestRouter

    init(
        journal: MemoryJournal? = nil, limits: Limits = Limits(), grace: Duration = .zero, keepsPrivate: Bool = false
    ) async throws {
        self.journal = journal
        var opened: OpenJournal?
        if let journal {
            opened = try await OpenJournal(journal, journal.contents(), keepsPrivateMessages: keepsPrivate).ready()
        }
        router = TestRouter(
            [
                .init(Lobby.self), .init(Rename.self), .init(Rooms.self), .init(History.self), .init(Private.self),
                .init(Broadcast.self),
            ], limits: limits, journal: opened, resume: ResumePolicy(grace: grace),
            tokens: CountingTokens(from: UInt64(journal?.committed ?? 0) * 1_000))
    }

    static let rooms = ["general", "random", "gaming"]

    /// Somebody connects.
    ///
    /// - Returns: the connection, and what resumes its session.
    func join() throws -> (connection: Int, token: String) {
        let connection = router.open()
        router.endTurn()
        return (connection, try token(in: router.said(to: connection)))
    }

    func token(in said: [Said]) -> String {
        said.compactMap { ["welcome", "resumed"].contains($0.type) ? $0.content["resume"] as? String : nil }.last ?? ""
    }

    func lose(_ connection: Int) {
        router.lose(connection)
        router.endTurn()
    }

    func pass(_ duration: Duration) {
        router.clock.advance(by: duration)
        router.settle()
    }

    func post(_ text: String, from connection: Int, in room: String = "general") {
        router.post(#"{"type":"message","room":"\#(room)","content":"\#(text)"}"#, from: connection)
        router.endTurn()
    }

    /// A connection that asks to resume a session.
    ///
    /// - Returns: it, and what it was told at once, and after whatever was waited for.
    func resume(_ token: String, after id: Int, more: String = "") throws -> (connection: Int, said: [Said]) {
        let connection = router.open(isReturning: true)
        router.post(Self.request(token, after: id, more: more), from: connection)
        router.settle()
        return (connection, try router.said(to: connection))
    }

    static func request(_ token: String, after id: Int, more: String = "") -> String {
        #"{"type":"resume","token":"\#(token)","after":\#(id)\#(more)}"#
    }
}

extension Said {
    /// What tests compare: the type, and of posts the text.
    var brief: String {
        switch type {
        case "message", "private_message", "image": contentText ?? ""
        case "error": "error \(code ?? "")"
        default: type
        }
    }
}
