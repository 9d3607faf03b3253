import Handlers
import HandlerTesting
import HandlerKit
import TestSupport
import Testing

@testable import RouterCore

@Suite("Posts become durable before anybody sees them")
struct JournalTests {
    private let journal = MemoryJournal(rooms: ["general", "random", "gaming"])

    private func router(keepsPrivateMessages: Bool = false) -> TestRouter {
        TestRouter(
            [
                .init(Lobby.self), .init(Rename.self), .init(Rooms.self), .init(History.self), .init(Private.self),
                .init(Broadcast.self),
            ],
            journal: OpenJournal(journal, journal.contents(), keepsPrivateMessages: keepsPrivateMessages))
    }

    private func post(_ text: String, key: String? = nil) -> String {
        #"{"type":"message","ref":"\#(text)","content":"\#(text)"\#(key.map { #","key":"\#($0)""# } ?? "")}"#
    }

    @Test("what could not be saved was not posted: its senders are told so, and nobody else hears of it")
    func failed() throws {
        let router = router()
        let (ada, bob) = (router.join(), router.join())
        #expect(try router.ask(post("one"), from: ada).map(\.type) == ["ack"])
        #expect(try router.said(to: bob).map { $0["content"] as? String } == ["one"])
        journal.failure = JournalFailure("the disk is full")
        router.post(post("two"), from: ada)
        router.post(#"{"type":"set_name","name":"Bobby"}"#, from: bob)
        router.post(post("three"), from: bob)
        router.endTurn()  // they are told in the next
        #expect(try router.said(to: ada).map(\.type) == ["user_renamed"])
        #expect(try router.said(to: bob).map(\.type) == ["name_changed"])
        router.endTurn()
        let refused = try router.said(to: ada) + router.said(to: bob)
        #expect(refused.map(\.code) == ["unavailable", "unavailable"])
        #expect(refused.map { $0["ref"] as? String } == ["two", "three"])
        #expect(refused.allSatisfy { $0.content["retry_after_ms"] as? Int == 1_000 })
        journal.failure = nil
        let ack = try router.ask(post("four"), from: ada).first
        #expect((ack?.content["id"] as? Int ?? 0) > 3, "ids of what was lost stay unused")
        let history = try router.ask(#"{"type":"get_history"}"#, from: bob)
        #expect(history.last?.contentList.map { $0["content"] as? String } == ["one", "four"])
    }

    @Test("a group of sessions alone that fails takes no posts back")
    func sessionsAlone() throws {
        let router = router()
        let ada = router.join()
        journal.failure = JournalFailure("the disk is full")
        _ = router.join()
        #expect(try router.ask(#"{"type":"get_history"}"#, from: ada).first?.contentList.count == 0)
        journal.failure = nil
        _ = try router.ask(post("kept"), from: ada)
        journal.failure = JournalFailure("the disk is full")
        _ = router.join()
        let history = try router.ask(#"{"type":"get_history"}"#, from: ada).first
        #expect(history?.contentList.map { $0["content"] as? String } == ["kept"])
    }

    @Test("what happens beside the posts of a group that fails is told as ever")
    func beside() throws {
        let router = TestRouter(
            [.init(Lobby.self), .init(Typing.self), .init(Broadcast.self)],
            journal: OpenJournal(journal, journal.contents()))
        let (ada, bob, eve) = (router.join(), router.join(), router.join())
        journal.failure = JournalFailure("the disk is full")
        router.post(#"{"type":"typing","is_typing":true}"#, from: ada)
        router.post(post("lost"), from: bob)
        router.post(#"{"type":"typing","is_typing":true}"#, from: bob)
        router.post(post("lost as well"), from: ada)
        router.endTurn()
        func types(_ connection: Int) throws -> [String] { try router.said(to: connection).map(\.type) }
        let seen = try types(eve)
        #expect(seen.allSatisfy { $0 == "typing" } && seen.count >= 2)
        #expect(try types(ada).contains("typing") && types(bob).allSatisfy { $0 == "typing" })
    }

    @Test("a key of what was not saved is free again, and one that was saved is known")
    func keys() throws {
        let router = router()
        let ada = router.join()
        journal.failure = JournalFailure("the disk is full")
        router.post(post("one", key: "k"), from: ada)
        router.post(post("one", key: "k"), from: ada)  // in the same turn: not answered before the first one is
        router.endTurn()
        router.endTurn()
        #expect(try router.said(to: ada).map(\.code) == ["unavailable", "unavailable"])
        journal.failure = nil
        let first = try router.ask(post("one", key: "k"), from: ada)
        let again = try router.ask(post("one", key: "k"), from: ada)
        #expect(
            first.map(\.type) == ["ack"] && first.first?.content["id"] as? Int == again.first?.content["id"] as? Int)
        #expect(journal.contents().newest[0].count == 1)
    }

    @Test("who was shown in a history what is not going to be there is closed with 1011, and comes back to what is")
    func deceived() throws {
        let router = router()
        let ada = router.join()
        _ = try router.ask(post("kept"), from: ada)
        journal.failure = JournalFailure("the disk is full")
        router.post(post("lost"), from: ada)
        let bob = router.open()
        router.endTurn()
        #expect(try router.said(to: bob).isEmpty)
        router.endTurn()
        #expect(router.closeCode(of: bob) == 1011)
        journal.failure = nil
        let again = router.open()
        router.endTurn()
        let history = try router.said(to: again).first { $0.type == "history" }
        #expect(history?.contentList.map { $0["content"] as? String } == ["kept"])
        #expect(router.closeCode(of: ada) == nil)
    }

    @Test("a private message is kept if that is wanted; otherwise only that one with a key was sent")
    func privateMessages() throws {
        for isKept in [false, true] {
            let journal = MemoryJournal(rooms: ["general"])
            let router = TestRouter(
                [.init(Private.self)],
                journal: OpenJournal(journal, journal.contents(), keepsPrivateMessages: isKept),
                resume: ResumePolicy(lifetime: .zero))
            let (ada, bob) = (router.join(), router.join())
            let before = journal.committed
            _ = try router.ask(#"{"type":"private_message","to_id":2,"content":"a"}"#, from: ada)
            #expect((journal.committed > before) == isKept)
            journal.failure = JournalFailure("the disk is full")
            _ = try router.said(to: bob)
            let keyed = #"{"type":"private_message","to_id":2,"content":"b","key":"k","ref":1}"#
            router.post(keyed, from: ada)
            router.endTurn()
            router.endTurn()
            #expect(try router.said(to: ada).map(\.code) == ["unavailable"])
            #expect(try router.said(to: bob).isEmpty)
        }
    }

    @Test("after a restart ids go on above those given out, and rooms show what they held")
    func restart() throws {
        var router = router()
        let ada = router.join()
        let ids = try (1...3).map { try router.ask(post("\($0)"), from: ada).first?.content["id"] as? Int ?? 0 }
        router = self.router()
        let bob = router.open()
        router.endTurn()
        let said = try router.said(to: bob)
        #expect(said.first { $0.type == "history" }?.contentList.map { $0["id"] as? Int } == ids)
        let next = try router.ask(post("4"), from: bob).first?.content["id"] as? Int ?? 0
        #expect(next > ids[2])
    }

    @Test("posts that could not be saved cost nobody the history: what they had pushed out is read again")
    func refilled() throws {
        let router = TestRouter(
            [
                .init(Lobby.self),
                .init(History.self, settings: [.init(key: "last", value: .scalar("4", quoted: false))]),
                .init(Broadcast.self),
            ], limits: .with(["max_room_posts": "4"]), journal: OpenJournal(journal, journal.contents()))
        let ada = router.join()
        for text in ["a", "b", "c", "d", "e"] { _ = try router.ask(post(text), from: ada) }
        for lost in [1, 3, 9] {
            journal.failure = JournalFailure("the disk is full")
            for number in 0..<lost { router.post(post("lost \(number)"), from: ada) }
            router.endTurn()
            journal.failure = nil
            router.settle()
            let bob = router.open()
            router.endTurn()
            let history = try router.said(to: bob).first { $0.type == "history" }
            #expect(history?.contentList.map { $0["content"] as? String } == ["b", "c", "d", "e"])
        }
    }

    @Test("after a restart posts that were not read into memory are read when somebody asks for them", arguments: 0...4)
    func olderAfterRestart(inMemory: Int) async throws {
        let router = router()
        let ada = router.join()
        let ids = try (1...3).map { try router.ask(post("\($0)"), from: ada).first?.content["id"] as? Int ?? 0 }
        let opened = OpenJournal(journal, journal.contents(mostPosts: inMemory))
        let windows = PostWindows(rooms: ["general", "random", "gaming"], maxPosts: inMemory, maxBytes: 10_000, opened)
        let posts: [KeptPost]
        switch windows.page(of: "general", before: Int64(ids[2]), limit: 10, maxBytes: 10_000) {
        case .ready(let page):
            #expect(inMemory > 2)
            posts = page
        case .waiting(let read): posts = try await read()
        }
        #expect(posts.map(\.id) == ids[..<2].map(Int64.init))
    }
}
