import HandlerTesting
import Handlers
import NIOCore
@testable import RouterCore
import TestSupport
import Testing

@Suite("P35: what is on disk is shown, however little of it is in memory")
struct ShortWindowTests {
    private let journal = MemoryJournal(rooms: ["general", "random", "gaming"])

    private func router(_ limits: [String: String], hasJournal: Bool = true) async throws -> TestRouter {
        let opened = hasJournal ? try await OpenJournal(journal, journal.contents()).ready() : nil
        return TestRouter(
            [.init(Lobby.self), .init(Rooms.self), .init(History.self), .init(Broadcast.self)],
            limits: .with(limits), journal: opened)
    }

    private static let short = [
        ["max_room_posts": "0"], ["max_room_posts": "2"], ["max_room_bytes": "1"], ["max_room_bytes": "60"],
    ]

    private func post(_ text: String, _ router: TestRouter, from connection: Int) {
        router.post(#"{"type":"message","content":"\#(text)"}"#, from: connection)
    }

    private func contents(_ frame: Said?) -> [String]? {
        frame.map { $0.contentList.map { $0["content"] as? String ?? "" } }
    }

    private func got(_ connection: Int, _ router: TestRouter) throws -> [Said] {
        router.settle()
        return try router.said(to: connection)
    }

    @Test("who comes, who joins the room and who asks for its newest posts is shown them", arguments: short)
    func shown(limits: [String: String]) async throws {
        let router = try await router(limits)
        let ada = router.join()
        let long = String(repeating: "x", count: 200)
        for text in ["a", "b", long, "c"] { post(text, router, from: ada) }
        router.endTurn()
        let bob = router.open()
        router.endTurn()
        #expect(try contents(got(bob, router).first { $0.type == "history" }) == ["a", "b", long, "c"])
        router.post(#"{"type":"join_room","room":"random"}"#, from: bob)
        router.post(#"{"type":"join_room","room":"general","ref":1}"#, from: bob)
        router.post(#"{"type":"get_rooms"}"#, from: bob)
        router.endTurn()
        let said = try got(bob, router)
        #expect(said.map(\.type).suffix(4) == ["room_joined", "history", "ack", "rooms"])
        #expect(contents(said.first { $0.type == "history" }) == ["a", "b", long, "c"])
        router.post(#"{"type":"get_history","limit":3}"#, from: bob)
        #expect(try contents(got(bob, router).first) == ["b", long, "c"])
    }

    @Test("P46: whoever is turned away with its first message is shown them before that is handled")
    func turnedAway() async throws {
        let router = try await router(["max_room_posts": "0"])
        post("a", router, from: router.join())
        router.endTurn()
        let bob = router.open(isReturning: true)
        router.post(#"{"type":"get_history","limit":1,"ref":1}"#, from: bob)
        let said = try (got(bob, router) + got(bob, router)).map(\.type)
        #expect(said == ["error", "welcome", "users", "history", "history", "ack"])
    }

    @Test("a room without posts shows none, and a page that is in memory costs no read")
    func noReads() async throws {
        let router = try await router(["max_room_posts": "0"])
        let ada = router.open()
        #expect(try got(ada, router).map(\.type) == ["welcome", "users"])
        let roomy = try await self.router(["max_room_posts": "100"])
        let eve = roomy.join()
        for number in 1...120 {
            post("\(number)", roomy, from: eve)
            if number % 40 == 0 { roomy.endTurn() }
        }
        let before = journal.pagesRead
        let bob = roomy.open()
        let page = try #require(got(bob, roomy).first { $0.type == "history" }).contentList
        #expect(page.count == 100)
        roomy.post(#"{"type":"get_history"}"#, from: bob)
        #expect(try contents(got(bob, roomy).first)?.last == "120")
        #expect(journal.pagesRead == before)
        roomy.post(#"{"type":"get_history","before":\#(page[0]["id"] as? Int ?? 0)}"#, from: bob)
        #expect(try contents(got(bob, roomy).first)?.count == 20)
        #expect(journal.pagesRead == before + 1)
    }

    @Test("a page that is as large as may be is no reason to read more")
    func fullPage() {
        var window = PostWindow(maxPosts: 100, maxBytes: 10_000)
        for id: Int64 in 1...5 { window.append(row(id, bytes: 100)) }
        #expect(window.missing(9, before: .max, maxBytes: 9_999) == nil, "there are no others")
        window.hasOlder = true
        let size = 100 + "message".utf8.count
        #expect(window.missing(5, before: .max, maxBytes: 9_999) == nil)
        #expect(window.missing(9, before: .max, maxBytes: 5 * size - 1) == nil)
        let missing = window.missing(9, before: 4, maxBytes: 5 * size)
        #expect(missing?.posts == 6 && missing?.bytes == 2 * size)
    }

    private func row(_ id: Int64, bytes: Int) -> JournalRow {
        JournalRow(
            id: id, timestamp: 1, type: "message", sender: 1, senderName: .init(), room: "general",
            content: .init(repeating: 0x61, count: bytes))
    }

    @Test("a room whose posts are all in memory after a restart needs no read, one with older ones does")
    func wholeRooms() async throws {
        var router = try await router([:])
        let ada = router.join()
        for text in ["a", "b", "c"] { post(text, router, from: ada) }
        router.endTurn()
        for (inMemory, isRead) in [(5, false), (2, true)] {
            let contents = journal.contents(mostPosts: inMemory)
            let opened = try await OpenJournal(journal, contents).ready()
            router = TestRouter([.init(Lobby.self), .init(History.self)], journal: opened)
            let before = journal.pagesRead
            let bob = router.open()
            #expect(try self.contents(got(bob, router).first { $0.type == "history" }) == ["a", "b", "c"])
            #expect((journal.pagesRead > before) == isRead)
        }
    }

    @Test("what is in memory is shown although it has been removed from the disk")
    func pruned() async throws {
        let router = try await router(["max_room_posts": "2"])
        let ada = router.join()
        for text in ["a", "b", "c", "d"] { post(text, router, from: ada) }
        router.endTurn()
        let bob = router.open()
        for (upTo, shown) in [(0, ["a", "b", "c", "d"]), (1, ["b", "c", "d"]), (3, ["c", "d"]), (9, ["c", "d"])] {
            journal.prune(upTo: Int64(upTo))
            _ = try got(bob, router)
            router.post(#"{"type":"get_history"}"#, from: bob)
            #expect(try contents(got(bob, router).first) == shown)
            router.post(#"{"type":"get_history","limit":3,"before":4}"#, from: bob)
            #expect(try contents(got(bob, router).first) == shown.dropLast().suffix(3))
        }
    }

    @Test("while nothing can be read who comes and who asks is told so")
    func unreadable() async throws {
        let router = try await router(["max_room_posts": "1"])
        let ada = router.join()
        for text in ["a", "b"] { post(text, router, from: ada) }
        router.endTurn()
        journal.readFailure = JournalFailure("it is gone")
        let bob = router.open()
        #expect(try got(bob, router).map { $0.code ?? $0.type } == ["welcome", "users", "unavailable"])
        router.post(#"{"type":"get_history","ref":1}"#, from: bob)
        #expect(try got(bob, router).map { $0.code ?? $0.type } == ["unavailable"])
        router.post(#"{"type":"join_room","room":"random"}"#, from: bob)
        router.post(#"{"type":"join_room","room":"general","ref":2}"#, from: bob)
        let said = try got(bob, router)
        #expect(said.map { $0.code ?? $0.type }.suffix(3) == ["room_joined", "unavailable", "ack"])
        let complaints = router.logged.filter { $0.contains("it is gone") }
        #expect(complaints == ["error: posts can't be read: it is gone"], "one line for all of them")
        journal.readFailure = nil
        router.post(#"{"type":"get_history"}"#, from: bob)
        #expect(try contents(got(bob, router).first) == ["a", "b"])
    }

    @Test("what was posted before somebody came in the same turn is in its history, what came behind that is live")
    func seam() async throws {
        let router = try await router(["max_room_posts": "1"])
        let ada = router.join()
        post("a", router, from: ada)
        router.endTurn()
        post("b", router, from: ada)
        let bob = router.open()
        post("c", router, from: ada)
        let said = try got(bob, router)
        #expect(contents(said.first { $0.type == "history" }) == ["a", "b"])
        #expect(said.filter { $0.type == "message" }.map { $0["content"] as? String } == ["c"])
    }

    @Test("what could not be saved in the turn in which somebody came is not in its history")
    func seamThatFails() async throws {
        let router = try await router(["max_room_posts": "0"])
        let ada = router.join()
        post("a", router, from: ada)
        router.endTurn()
        journal.failure = JournalFailure("the disk is full")
        post("lost", router, from: ada)
        router.post(#"{"type":"get_history"}"#, from: ada)
        router.endTurn()
        journal.failure = nil
        let said = try got(ada, router)
        #expect(said.map { $0.code ?? $0.type }.sorted() == ["history", "unavailable"])
        #expect(contents(said.first { $0.type == "history" }) == ["a"])
    }

    @Test("P35: a page that was shown while posts were being read again is not shown again behind that")
    func behindRefill() async throws {
        let router = try await router(["max_room_posts": "4"])
        let ada = router.join()
        for text in ["a", "b", "c", "d"] { post(text, router, from: ada) }
        router.endTurn()
        journal.failure = JournalFailure("the disk is full")
        for number in 0..<3 { post("lost \(number)", router, from: ada) }
        router.endTurn()
        journal.failure = nil
        let bob = router.open()  // before they are read
        router.endTurn()
        #expect(try contents(got(bob, router).first { $0.type == "history" }) == ["a", "b", "c", "d"])
        let eve = router.open()
        let before = journal.pagesRead
        router.endTurn()
        #expect(try contents(got(eve, router).first { $0.type == "history" }) == ["a", "b", "c", "d"])
        #expect(journal.pagesRead == before)
    }

    @Test("with no journal there is what is in memory, and nobody waits", arguments: short)
    func withoutJournal(limits: [String: String]) async throws {
        let router = try await router(limits, hasJournal: false)
        let ada = router.join()
        for text in ["a", "b", "c"] { post(text, router, from: ada) }
        let bob = router.open()
        router.endTurn()
        let kept = ["max_room_posts=2": ["b", "c"], "max_room_bytes=60": ["a", "b", "c"]]
        let shown = kept[limits.map { "\($0)=\($1)" }[0]]
        #expect(try contents(router.said(to: bob).first { $0.type == "history" }) == shown)
    }
}
