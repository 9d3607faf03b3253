import HandlerTesting
import RouterCore
import TestSupport
import Testing

@Suite("P46: a client comes back to its session")
struct ResumeTests {
    @Test("it gets what others have posted in its rooms since, in order, and then what is posted next")
    func missed() async throws {
        let run = try await ResumeRun()
        let (ada, bob) = (try run.join(), try run.join())
        run.post("before", from: bob.connection)
        let last = try run.router.said(to: ada.connection).last?.id ?? 0
        run.post("mine", from: ada.connection)
        run.lose(ada.connection)
        run.post("one", from: bob.connection)
        _ = try run.router.ask(#"{"type":"join_room","room":"random","stay":true}"#, from: bob.connection)
        run.post("elsewhere", from: bob.connection, in: "random")
        run.post("two", from: bob.connection)
        let back = try run.resume(ada.token, after: last, more: #","ref":"r""#)
        #expect(back.said.map(\.brief) == ["resumed", "one", "two", "ack"])
        let resumed = try #require(back.said.first)
        #expect(resumed.content["user_id"] as? Int == 1 && resumed.content["user_name"] as? String == "User1")
        #expect(resumed.content["rooms"] as? [String] == ["general"])
        #expect(resumed.content["replayed"] as? Int == 2)
        #expect(resumed.content["resume"] as? String != ada.token)
        run.post("three", from: bob.connection)
        #expect(try run.router.said(to: back.connection).map(\.brief) == ["three"])
        let seen = try run.router.said(to: bob.connection)
        #expect(seen.filter { $0.type == "join" }.map { $0.content["user_id"] as? Int } == [1])
    }

    @Test("what is sent again is byte for byte what was sent the first time")
    func sameBytes() async throws {
        let run = try await ResumeRun()
        let (ada, bob, eve) = (try run.join(), try run.join(), try run.join())
        run.lose(ada.connection)
        _ = try run.router.ask(#"{"type":"set_name","name":"Bö\"b"}"#, from: bob.connection)
        _ = try run.router.said(to: eve.connection)
        run.post(#"a\u0000\"ü"#, from: bob.connection)
        let live = try run.router.said(to: eve.connection).map(\.text)
        _ = try run.router.ask(#"{"type":"set_name","name":"Else"}"#, from: bob.connection)
        let back = try run.resume(ada.token, after: 0)
        #expect(back.said.dropFirst().map(\.text) == live)
    }

    @Test("a room counts for as long as the session was in it")
    func stays() async throws {
        let run = try await ResumeRun()
        let (ada, bob) = (try run.join(), try run.join())
        for room in ResumeRun.rooms {
            _ = try run.router.ask(#"{"type":"join_room","room":"\#(room)","stay":true}"#, from: bob.connection)
        }
        func inAll(_ text: String) {
            for room in ResumeRun.rooms { run.post("\(text) \(room)", from: bob.connection, in: room) }
        }
        inAll("1")
        _ = try run.router.ask(#"{"type":"join_room","room":"random"}"#, from: ada.connection)
        inAll("2")
        _ = try run.router.ask(#"{"type":"join_room","room":"gaming","stay":true}"#, from: ada.connection)
        inAll("3")
        _ = try run.router.ask(#"{"type":"leave_room","room":"random"}"#, from: ada.connection)
        run.lose(ada.connection)
        inAll("4")
        let back = try run.resume(ada.token, after: 0)
        #expect(
            back.said.dropFirst().map(\.brief) == ["1 general", "2 random", "3 random", "3 gaming", "4 gaming"])
        #expect(back.said.first?.content["rooms"] as? [String] == ["gaming"])
        inAll("5")
        #expect(try run.router.said(to: back.connection).map(\.brief) == ["5 gaming"])
    }

    @Test("nothing is served before it has asked, and who asks for something else, or too late, is anyone")
    func visitors() async throws {
        let run = try await ResumeRun()
        let ada = try run.join()
        let visitor = run.router.open(isReturning: true)
        run.router.endTurn()
        #expect(try run.router.said(to: visitor).isEmpty && run.router.said(to: ada.connection).isEmpty)
        run.router.post(#"{"type":"get_stats"}"#, from: visitor)
        run.router.endTurn()
        #expect(try run.router.said(to: visitor).map(\.brief) == ["error resume_failed", "welcome", "users", "stats"])
        let silent = run.router.open(isReturning: true)
        run.pass(.seconds(9))
        #expect(try run.router.said(to: silent).isEmpty)
        run.pass(.seconds(1))
        let toSilent = try run.router.said(to: silent).map(\.brief)
        #expect(toSilent == ["error resume_failed", "welcome", "users"])
        #expect(try run.router.said(to: ada.connection).map(\.type) == ["join", "join"])
    }

    @Test(
        "what is no request that can be granted is refused, and its sender is anyone",
        arguments: [
            #"{"type":"resume"}"#, #"{"type":"resume","token":7,"after":0}"#,
            #"{"type":"resume","token":"00112233445566778899aabbccddeeff","after":0}"#,
            #"{"type":"resume","token":"00112233445566778899AABBCCDDEEFF","after":0}"#,
            #"{"type":"resume","token":"x","after":0}"#, "no JSON", "[]",
        ])
    func refused(request: String) async throws {
        let run = try await ResumeRun()
        let visitor = run.router.open(isReturning: true)
        run.router.post(request, from: visitor)
        run.router.endTurn()
        let said = try run.router.said(to: visitor)
        #expect(said.prefix(3).map(\.brief) == ["error resume_failed", "welcome", "users"])
        #expect(said.first?.content["close"] == nil)
    }

    @Test("an id that there is not yet, none, or one from before what is kept: refused, and the session is over")
    func unfitting() async throws {
        for after in ["", #","after":99"#, #","after":-1"#, #","after":0"#] {
            let run = try await ResumeRun(limits: .with(["max_room_posts": "1"]))
            let (ada, bob) = (try run.join(), try run.join())
            for text in ["a", "b", "c"] { run.post(text, from: bob.connection) }
            let visitor = run.router.open(isReturning: true)
            run.router.post(#"{"type":"resume","token":"\#(ada.token)"\#(after),"ref":1}"#, from: visitor)
            run.router.endTurn()
            let said = try run.router.said(to: visitor)
            #expect(said.prefix(2).map(\.brief) == ["error resume_failed", "welcome"])
            #expect(said.first?["ref"] as? Int == 1)
            #expect(run.router.closeCode(of: ada.connection) == 4_005)
            #expect(try run.router.said(to: bob.connection).filter { $0.type == "leave" }.count == 1)
            #expect(try run.resume(ada.token, after: 2).said.first?.brief == "error resume_failed")
        }
    }

    @Test("limits.max_missed: who has missed more is anyone")
    func tooMuch() async throws {
        for (missed, isBack) in [(3, true), (4, false)] {
            let run = try await ResumeRun(limits: .with(["max_missed": "3"]))
            let (ada, bob) = (try run.join(), try run.join())
            for text in 0..<missed { run.post("\(text)", from: bob.connection) }
            #expect(try run.resume(ada.token, after: 0).said.first?.type == (isBack ? "resumed" : "error"))
        }
    }

    @Test("limits.max_resumable_sessions: those that ended first are forgotten first")
    func tooMany() async throws {
        let run = try await ResumeRun(limits: .with(["max_resumable_sessions": "2"]))
        let gone = try (0..<3).map { _ in try run.join() }
        for one in gone { run.lose(one.connection) }
        let said = try gone.map { try run.resume($0.token, after: 0).said.first?.type }
        #expect(said == ["error", "resumed", "resumed"])
    }

    @Test("timeouts.resume: after that time it can't be resumed any more")
    func expired() async throws {
        for (seconds, isBack) in [(599, true), (600, false)] {
            let run = try await ResumeRun()
            let ada = try run.join()
            run.lose(ada.connection)
            run.pass(.seconds(seconds))
            #expect(try run.resume(ada.token, after: 0).said.first?.type == (isBack ? "resumed" : "error"))
        }
    }

    // MARK: - Tokens

    @Test("a connection that is still there is replaced, and nobody sees anything of it")
    func replaced() async throws {
        let run = try await ResumeRun()
        let (ada, bob) = (try run.join(), try run.join())
        _ = try run.router.said(to: ada.connection)
        let back = try run.resume(ada.token, after: 0)
        #expect(back.said.map(\.brief) == ["resumed"])
        #expect(try run.router.said(to: ada.connection).map(\.code) == ["replaced"])
        #expect(run.router.closeCode(of: ada.connection) == 4_005)
        run.lose(ada.connection)
        #expect(try run.router.said(to: bob.connection).isEmpty)
        run.post("live", from: bob.connection)
        #expect(try run.router.said(to: back.connection).map(\.brief) == ["live"])
    }

    @Test("the token shown stays valid until the client sends something after it got the next")
    func oldToken() async throws {
        let run = try await ResumeRun()
        let ada = try run.join()
        let first = try run.resume(ada.token, after: 0)
        let second = try run.resume(ada.token, after: 0)  // `resumed` had been lost
        #expect(second.said.first?.type == "resumed" && run.router.closeCode(of: first.connection) == 4_005)
        #expect(try run.resume(run.token(in: first.said), after: 0).said.first?.code == "resume_failed")
        let third = try run.resume(run.token(in: second.said), after: 0)
        _ = try run.router.ask(#"{"type":"get_stats"}"#, from: third.connection)
        #expect(try run.resume(run.token(in: second.said), after: 0).said.first?.code == "resume_failed")
        #expect(try run.resume(run.token(in: third.said), after: 0).said.first?.type == "resumed")
    }

    @Test("what was sent before, and with the request, is handled once, with the keys from before")
    func keys() async throws {
        let run = try await ResumeRun()
        let (ada, bob) = (try run.join(), try run.join())
        let post = #"{"type":"message","content":"once","key":"k","ref":1}"#
        let id = try run.router.ask(post, from: ada.connection).last?.content["id"] as? Int
        run.lose(ada.connection)
        _ = try run.router.said(to: bob.connection)
        let back = run.router.open(isReturning: true)
        run.router.post(ResumeRun.request(ada.token, after: 0), from: back)
        run.router.post(post, from: back)
        run.router.post(#"{"type":"message","content":"next"}"#, from: back)
        run.router.settle()
        let said = try run.router.said(to: back)
        #expect(said.map(\.brief) == ["resumed", "ack"])
        #expect(said.last?.content["id"] as? Int == id)
        #expect(try run.router.said(to: bob.connection).map(\.brief) == ["join", "next"])
    }

    // MARK: - Grace

    @Test("timeouts.grace: until then the others see no leave, and none when it is back in time")
    func grace() async throws {
        let run = try await ResumeRun(grace: .seconds(5))
        let (ada, bob) = (try run.join(), try run.join())
        _ = try run.router.said(to: bob.connection)
        run.lose(ada.connection)
        run.pass(.seconds(4))
        run.post("meanwhile", from: bob.connection)
        let stats = try run.router.ask(#"{"type":"get_stats"}"#, from: bob.connection)
        #expect(stats.map(\.type) == ["stats"] && stats.first?.content["users_online"] as? Int == 2)
        let back = try run.resume(ada.token, after: 0)
        #expect(back.said.map(\.brief) == ["resumed", "meanwhile"])
        run.pass(.seconds(60))
        #expect(try run.router.said(to: bob.connection).isEmpty)
        run.lose(back.connection)
        run.pass(.seconds(5))
        let left = try run.router.said(to: bob.connection)
        #expect(left.map(\.type) == ["leave"])
        #expect(left.first?.content["users_online"] as? Int == 1)
        let again = try run.resume(run.token(in: back.said), after: 1)
        #expect(again.said.map(\.brief) == ["resumed"])
        #expect(try run.router.said(to: bob.connection).map(\.type) == ["join"])
    }

    @Test("a private message to one that is waited for is refused where it would be lost")
    func privateInGrace() async throws {
        let run = try await ResumeRun(grace: .seconds(5))
        let (ada, bob) = (try run.join(), try run.join())
        run.lose(ada.connection)
        let message = #"{"type":"private_message","to_id":1,"content":"psst","ref":1}"#
        #expect(try run.router.ask(message, from: bob.connection).map(\.code) == ["user_not_found"])
        #expect(try run.resume(ada.token, after: 0).said.map(\.brief) == ["resumed"])
    }

    @Test("who may have lost a private message that is not kept can't resume; who has got it can")
    func lostPrivate() async throws {
        for (after, isBack) in [(0, false), (1, true)] {
            let run = try await ResumeRun()
            let (ada, bob) = (try run.join(), try run.join())
            _ = try run.router.ask(#"{"type":"private_message","to_id":1,"content":"psst"}"#, from: bob.connection)
            #expect(try run.resume(ada.token, after: after).said.first?.type == (isBack ? "resumed" : "error"))
        }
    }

    @Test("one who is waited for takes no connection's place")
    func placesInGrace() async throws {
        let run = try await ResumeRun(limits: .with(["max_connections": "2"]), grace: .seconds(5))
        let (ada, bob) = (try run.join(), try run.join())
        run.lose(ada.connection)
        let back = try run.resume(ada.token, after: 0)
        #expect(back.said.first?.type == "resumed")
        run.lose(bob.connection)
        let visitor = run.router.open(isReturning: true)
        let late = run.router.open()
        run.router.endTurn()
        #expect(run.router.closeCode(of: visitor) == nil && run.router.closeCode(of: late) == 1_013)
    }

    @Test("a session is not forgotten while its client gets what it has missed")
    func slowReplay() async throws {
        let run = try await ResumeRun(
            limits: .with(["max_message_bytes": "64 KiB", "max_room_bytes": "8 MiB", "max_resumable_sessions": "1"]))
        let (ada, bob) = (try run.join(), try run.join())
        run.lose(ada.connection)
        let text = String(repeating: "x", count: 40_000)
        for number in 0..<5 { run.post("\(number) \(text)", from: bob.connection) }
        run.pass(.seconds(599))
        let visitor = run.router.open(isReturning: true)
        run.router.post(ResumeRun.request(ada.token, after: 0), from: visitor)
        run.router.withRouter { router in
            for connection in 100..<103 {
                router.opened(connection, address: "192.0.2.9:1")
                router.closed(connection, because: "test")
            }
        }
        run.pass(.seconds(2))
        let said = try run.router.said(to: visitor)
        #expect(said.map { String($0.brief.prefix(1)) } == ["r", "0", "1", "2", "3", "4"])
    }
}
