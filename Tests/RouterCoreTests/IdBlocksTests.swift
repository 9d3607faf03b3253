import HandlerTesting
import Handlers
@testable import RouterCore
import TestSupport
import Testing

@Suite("P1, P33: ids are given out of blocks that are on disk, so that none comes twice")
struct IdBlocksTests {
    private let journal = MemoryJournal(rooms: ["general"])

    /// One that keeps neither private messages nor sessions: nothing but the blocks says which ids were given out.
    private func router() async throws -> TestRouter {
        var contents = journal.contents()
        contents.ids.blocks = .init(users: 4, messages: 6)
        return TestRouter(
            [.init(Lobby.self), .init(Private.self), .init(Broadcast.self)],
            journal: try await OpenJournal(journal, contents).ready(), resume: ResumePolicy(lifetime: .zero))
    }

    /// Somebody comes, and sends itself a message.
    ///
    /// - Returns: what it was told.
    private func visit(_ router: TestRouter) throws -> (user: Int?, message: Int?, codes: [String]) {
        let connection = router.open()
        router.endTurn()
        let user = try router.said(to: connection).first { $0.type == "welcome" }?.content["user_id"] as? Int
        guard let user else { return (nil, nil, []) }
        let said = try router.ask(
            #"{"type":"private_message","to_id":\#(user),"content":"x","ref":1}"#, from: connection)
        router.lose(connection)
        router.endTurn()
        return (user, said.first { $0.type == "ack" }?.content["id"] as? Int, said.compactMap(\.code))
    }

    @Test("a block that runs out is followed by the next, and after a crash ids go on above all of them")
    func runsOut() async throws {
        var users: [Int] = []
        var messages: [Int] = []
        for visits in [1, 3, 5, 23, 0, 2] {  // and then it crashes
            let router = try await router()
            for _ in 0..<visits {
                let visit = try visit(router)
                users.append(visit.user ?? 0)
                messages.append(visit.message ?? 0)
            }
        }
        #expect(users.count == 34 && Set(users).count == 34 && users == users.sorted() && users[0] == 1)
        #expect(messages.count == 34 && Set(messages).count == 34 && messages == messages.sorted())
    }

    @Test("what is not used of a block comes later where the router ended in order")
    func givenBack() async throws {
        let router = try await router()
        for _ in 0..<5 { _ = try visit(router) }
        try router.close()
        let next = try await self.router()
        let visit = try visit(next)
        #expect(visit.user == 6 && visit.message == 6)
    }

    @Test("while no block can be set aside nobody gets an id that is not on disk, and all goes on when one can")
    func full() async throws {
        let router = try await router()
        let ada = router.join()
        journal.failure = JournalFailure("the disk is full")
        var users: [Int] = []
        for _ in 0..<9 { users.append(contentsOf: [try visit(router).user].compactMap(\.self)) }
        #expect(users.count < 5)
        let ask = #"{"type":"private_message","to_id":1,"content":"x","ref":1}"#
        var codes: [String] = []
        for _ in 0..<9 { codes += try router.ask(ask, from: ada).compactMap(\.code) }
        #expect(codes.count > 3 && Set(codes) == ["unavailable"])
        // Until then everything that was told is on disk.
        let crashed = journal.contents()
        journal.failure = nil
        router.endTurn()
        router.post(#"{"type":"message","content":"x"}"#, from: ada)
        router.endTurn()
        let visit = try visit(router)
        #expect(visit.user ?? 0 > users.max() ?? 0 && visit.codes.isEmpty)
        #expect(crashed.ids.newestMessage == 6)
    }
}
