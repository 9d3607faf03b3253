import HandlerTesting
import RouterCore
import TestSupport
import Testing

@Suite("P46: a client comes back to a session that the journal knows")
struct ResumeFromJournalTests {
    private let journal = MemoryJournal(rooms: ResumeRun.rooms)

    private func run(_ limits: [String: String] = [:], grace: Duration = .zero, keepsPrivate: Bool = false) async throws
        -> ResumeRun
    {
        try await ResumeRun(journal: journal, limits: .with(limits), grace: grace, keepsPrivate: keepsPrivate)
    }

    @Test("after a restart and after a crash it is who it was, and gets what it has missed")
    func restart() async throws {
        for isCrash in [false, true] {
            let journal = MemoryJournal(rooms: ResumeRun.rooms)
            let run = try await ResumeRun(journal: journal)
            let (ada, bob) = (try run.join(), try run.join())
            _ = try run.router.ask(#"{"type":"set_name","name":"Ada"}"#, from: ada.connection)
            _ = try run.router.ask(#"{"type":"join_room","room":"gaming","stay":true}"#, from: ada.connection)
            let sent = try run.router.ask(#"{"type":"message","content":"x","key":"k","ref":1}"#, from: ada.connection)
            run.post("one", from: bob.connection)
            if !isCrash { try run.router.close() }
            let next = try await ResumeRun(journal: journal)
            let eve = try next.join()
            #expect((next.router.user(eve.connection)?.id == 3) == !isCrash, "ids are left out after a crash only")
            next.post("two", from: eve.connection)
            _ = try next.router.said(to: eve.connection)
            let back = try next.resume(ada.token, after: 0)
            #expect(back.said.map(\.brief) == ["resumed", "one", "two"])
            #expect(back.said.first?.content["user_name"] as? String == "Ada")
            #expect(back.said.first?.content["rooms"] as? [String] == ["general", "gaming"])
            #expect(try next.router.said(to: eve.connection).map(\.type) == ["join"])
            let again = try next.router.ask(
                #"{"type":"message","room":"gaming","content":"x","key":"k","ref":1}"#, from: back.connection)
            #expect(again.first?.code == "invalid_message", "the key is of another message")
            let repeated = try next.router.ask(
                #"{"type":"message","content":"x","key":"k","ref":1}"#, from: back.connection)
            #expect(repeated.map(\.brief) == ["ack"] && !sent.isEmpty)
            #expect(repeated.first?.content["id"] as? Int == sent.first { $0.type == "ack" }?.content["id"] as? Int)
        }
    }

    @Test("what the window does not have any more is read again, page by page, with no gap behind it")
    func pages() async throws {
        let run = try await run(["max_room_posts": "3", "max_message_bytes": "64 KiB"])
        let (ada, bob) = (try run.join(), try run.join())
        run.lose(ada.connection)
        let text = String(repeating: "x", count: 30_000)
        for number in 0..<10 { run.post("\(number) \(text)", from: bob.connection) }
        let back = try run.resume(ada.token, after: 0)
        #expect(back.said.map { String($0.brief.prefix(1)) } == ["r"] + (0..<10).map { "\($0)" })
        #expect(back.said.first?.content["replayed"] as? Int == 10)
        run.post("live", from: bob.connection)
        #expect(try run.router.said(to: back.connection).map(\.brief) == ["live"])
    }

    /// Ada is gone while Bob posts five messages, more than memory keeps, and asks for them on a new connection.
    private func askToComeBack(_ run: ResumeRun) throws -> (token: String, bob: Int, back: Int) {
        let (ada, bob) = (try run.join(), try run.join())
        run.lose(ada.connection)
        for number in 0..<5 { run.post("\(number)", from: bob.connection) }
        _ = try run.router.said(to: bob.connection)
        let back = run.router.open(isReturning: true)
        run.router.post(ResumeRun.request(ada.token, after: 0), from: back)
        return (ada.token, bob.connection, back)
    }

    @Test("what is posted while it is read comes once, in its place")
    func meanwhile() async throws {
        let run = try await run(["max_room_posts": "2"])
        let (_, bob, back) = try askToComeBack(run)
        run.router.post(#"{"type":"message","content":"mine"}"#, from: back)
        for number in 5..<10 { run.post("\(number)", from: bob) }
        run.router.settle()
        let said = try run.router.said(to: back)
        #expect(said.map(\.brief) == ["resumed"] + (0..<10).map { "\($0)" })
        #expect(said.first?.content["replayed"] as? Int == 5)
        #expect(try run.router.said(to: bob).map(\.brief).suffix(2) == ["join", "mine"])
    }

    @Test(
        "what it sends behind its request and before its close is handled, however long it takes to get what it has missed"
    )
    func closesMeanwhile() async throws {
        let run = try await run(["max_room_posts": "2"])
        let (token, bob, back) = try askToComeBack(run)
        run.router.post(#"{"type":"message","content":"mine","ref":1}"#, from: back)
        run.router.withRouter { $0.closedByClient(back, nil) }
        run.router.settle()
        #expect(try run.router.said(to: back).map(\.brief) == ["resumed"] + (0..<5).map { "\($0)" } + ["ack"])
        #expect(run.router.closeCode(of: back) == 1_000)
        #expect(try run.router.said(to: bob).map(\.brief) == ["join", "mine", "leave"])
        #expect(try run.resume(token, after: 5).said.map(\.brief).first == "resumed")
    }

    @Test("who closes behind its request without having sent anything more is not waited for")
    func closesAtOnce() async throws {
        let run = try await run(["max_room_posts": "2"])
        let (_, bob, back) = try askToComeBack(run)
        run.router.withRouter { $0.closedByClient(back, nil) }
        run.router.endTurn()
        #expect(run.router.closeCode(of: back) == 1_000)
        #expect(try run.router.said(to: bob).isEmpty)
    }

    @Test("private messages that are kept are sent again, also those of its time of grace")
    func privateMessages() async throws {
        let run = try await run(grace: .seconds(5), keepsPrivate: true)
        let (ada, bob) = (try run.join(), try run.join())
        func whisper(_ text: String) throws -> [Said] {
            try run.router.ask(
                #"{"type":"private_message","to_id":1,"content":"\#(text)"}"#, from: bob.connection)
        }
        _ = try whisper("a")
        run.post("b", from: bob.connection)
        run.lose(ada.connection)
        #expect(try whisper("c").map(\.type) == ["private_message_sent"])
        let back = try run.resume(ada.token, after: 0)
        #expect(back.said.map(\.brief) == ["resumed", "a", "b", "c"])
        #expect(back.said.first?.content["replayed"] as? Int == 3)
        let next = try await ResumeRun(journal: journal, keepsPrivate: true)
        #expect(try next.resume(run.token(in: back.said), after: 1).said.map(\.brief) == ["resumed", "b", "c"])
    }

    @Test("a private message that is not kept may be lost in a crash: then it is not resumed")
    func lostPrivate() async throws {
        let run = try await run()
        let (ada, bob) = (try run.join(), try run.join())
        _ = try run.router.ask(#"{"type":"private_message","to_id":1,"content":"psst"}"#, from: bob.connection)
        let next = try await self.run()
        #expect(try next.resume(ada.token, after: 0).said.first?.code == "resume_failed")
    }

    @Test("what was to be sent again and can't be read: it is closed with 1011, and may come back")
    func unreadable() async throws {
        let run = try await run(["max_room_posts": "1"])
        let (ada, bob) = (try run.join(), try run.join())
        for text in ["a", "b", "c"] { run.post(text, from: bob.connection) }
        journal.readFailure = JournalFailure("the disk is gone")
        let back = try run.resume(ada.token, after: 0)
        #expect(back.said.map(\.brief) == ["error unavailable"])
        #expect(run.router.closeCode(of: back.connection) == 1_011)
        journal.readFailure = nil
        #expect(try run.resume(ada.token, after: 0).said.map(\.brief) == ["resumed", "a", "b", "c"])
    }

    @Test("who was shown posts that can't be saved is closed with 1011, and comes back with the same token")
    func deceived() async throws {
        let run = try await run()
        let (ada, bob) = (try run.join(), try run.join())
        run.lose(ada.connection)
        journal.failure = JournalFailure("the disk is full")
        run.router.post(#"{"type":"message","content":"lost"}"#, from: bob.connection)
        let back = try run.resume(ada.token, after: 0)
        #expect(back.said.isEmpty && run.router.closeCode(of: back.connection) == 1_011)
        #expect(try run.router.said(to: back.connection).map(\.brief) == ["error unavailable"])
        run.lose(back.connection)
        journal.failure = nil
        let again = try run.resume(ada.token, after: 0)
        #expect(again.said.map(\.brief) == ["resumed"])
    }

    @Test("sessions of an earlier run end when they would have, and what is forgotten is forgotten on disk")
    func expiry() async throws {
        let run = try await run()
        let ada = try run.join()
        run.lose(ada.connection)
        #expect(journal.contents().sessions.map(\.id) == [1])
        run.pass(.seconds(600))
        #expect(journal.contents().sessions.isEmpty)
        #expect(try await self.run().resume(ada.token, after: 0).said.first?.code == "resume_failed")
    }

    @Test("private messages that an earlier run has kept are sent again by one that keeps none")
    func keptByAnEarlierRun() async throws {
        let run = try await run(["max_message_bytes": "64 KiB"], keepsPrivate: true)
        let (ada, bob) = (try run.join(), try run.join())
        let text = String(repeating: "x", count: 40_000)
        for number in 0..<3 { run.post("\(number) \(text)", from: bob.connection) }  // more than one page
        run.router.post(#"{"type":"private_message","to_id":1,"content":"psst"}"#, from: bob.connection)
        run.router.endTurn()
        let next = try await self.run()
        let said = try next.resume(ada.token, after: 0).said.map { String($0.brief.prefix(1)) }
        #expect(said == ["r", "0", "1", "2", "p"])
    }

    @Test("keys that are only on disk any more are still known")
    func keysOnDisk() async throws {
        let run = try await run()
        let (ada, bob) = (try run.join(), try run.join())
        let post = #"{"type":"message","content":"once","key":"k","ref":1}"#
        let id = try run.router.ask(post, from: ada.connection).last?.content["id"] as? Int
        run.lose(ada.connection)
        run.post("more", from: bob.connection)
        let back = try run.resume(ada.token, after: 0)
        #expect(back.said.map(\.brief) == ["resumed", "more"])
        #expect(try run.router.ask(post, from: back.connection).last?.content["id"] as? Int == id)
    }

    @Test("a key is free again when its post could not be saved, also for who has left meanwhile")
    func keyOfLostPost() async throws {
        let run = try await run()
        let (ada, bob) = (try run.join(), try run.join())
        _ = try run.router.said(to: bob.connection)
        let post = #"{"type":"message","content":"once","key":"k","ref":1}"#
        journal.failure = JournalFailure("the disk is full")
        run.router.post(post, from: ada.connection)
        run.lose(ada.connection)
        journal.failure = nil
        let back = try run.resume(ada.token, after: 0)
        _ = try run.router.ask(post, from: back.connection)
        #expect(try run.router.said(to: bob.connection).map(\.brief).contains("once"))
    }

    @Test("a private message that could not be saved leaves its receiver's session as it was")
    func refusedPrivateMessage() async throws {
        let run = try await run()
        let (ada, bob) = (try run.join(), try run.join())
        journal.failure = JournalFailure("the disk is full")
        run.router.post(#"{"type":"private_message","to_id":1,"content":"x","key":"k"}"#, from: bob.connection)
        run.router.endTurn()
        journal.failure = nil
        #expect(try run.resume(ada.token, after: 0).said.first?.type == "resumed")
    }

    @Test("while a disk fails nothing is tried again at once, and soon it is")
    func rests() async throws {
        let run = try await run()
        journal.failure = JournalFailure("the disk is full")
        let ada = run.router.open()
        run.router.endTurn()
        let goesOn = run.router.router.isInTick
        #expect(!goesOn)
        journal.failure = nil
        run.pass(.seconds(1))
        #expect(journal.contents().sessions.map(\.id) == [1])
        run.lose(ada)
    }

    @Test("when a disk takes something again all sessions are saved without anybody doing anything")
    func savesAll() async throws {
        let run = try await run()
        journal.failure = JournalFailure("the disk is full")
        for _ in 1...250 { _ = run.router.open() }
        run.router.endTurn()
        journal.failure = nil
        for _ in 1...4 {
            run.router.clock.advance(by: .seconds(1))
            let isDue = run.router.router.nextDue ?? .max <= run.router.clock.monotonicMilliseconds
            if isDue { run.router.settle() }
        }
        #expect(journal.contents().sessions.map(\.id) == Array(1...250))
    }

    @Test("the time of a session that was online at a crash begins with the start behind that, not with every start")
    func lifetime() async throws {
        _ = try await run().join()
        #expect(journal.contents().sessions.first?.leftAt == nil)
        let next = try await run()
        let restart = next.router.clock.unixMilliseconds / 1_000
        next.router.clock.advance(by: .seconds(240))
        _ = try next.join()
        #expect(journal.contents().sessions.first?.leftAt == restart)
    }
}
