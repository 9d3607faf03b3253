import HandlerKit
import NIOCore
import RouterCore
import TestSupport
import Testing
import WebSocketWire

@Suite("Rooms, and what handlers hear of what happens")
struct HookTests {
    private let router = TestRouter([Mover.self, Hears.self, HearsToo.self, Post.self])

    private func ask(_ type: String, _ room: String, from connection: Int) throws -> [String] {
        try router.ask(#"{"type":"\#(type)","to":"\#(room)","ref":1}"#, from: connection).map(\.heard)
    }

    @Test(
        "who joins leaves the other rooms, unless it stays; each handler hears of it, exits first, with the numbers behind it"
    )
    func moves() throws {
        let user = router.join()
        #expect(
            try ask("join", "random", from: user)
                == ["exited general 0", "exited-too", "entered random 1", "entered-too", "ack"])
        #expect(try ask("stay", "gaming", from: user) == ["entered gaming 1", "entered-too", "ack"])
        #expect(try ask("stay", "general", from: user) == ["entered general 1", "entered-too", "ack"])
        #expect(try ask("stay", "random", from: user) == ["ack"])
        #expect(
            try ask("join", "gaming", from: user)
                == ["exited general 0", "exited-too", "exited random 0", "exited-too", "ack"])
        #expect(try ask("join", "nowhere", from: user) == ["ack"])
        #expect(try ask("leave", "random", from: user) == ["ack"])
        #expect(
            try ask("leave", "gaming", from: user)
                == ["exited gaming 0", "exited-too", "entered general 1", "entered-too", "ack"])
        #expect(try ask("leave", "general", from: user) == ["ack"])
    }

    @Test("P37: a message that names no room goes to the one joined last, also when that was joined before")
    func lastRoom() throws {
        let (user, other) = (router.join(), router.join())
        for room in ["random", "gaming"] { _ = try ask("stay", room, from: other) }
        func room() throws -> String? {
            router.post(#"{"type":"post","content":"x"}"#, from: user)
            router.endTurn()
            _ = try router.said(to: user)
            return try router.said(to: other).first?["room"] as? String
        }
        _ = try ask("stay", "random", from: user)
        _ = try ask("stay", "gaming", from: user)
        #expect(try room() == "gaming")
        _ = try ask("stay", "random", from: user)
        #expect(try room() == "random")
        _ = try ask("leave", "random", from: user)
        #expect(try room() == "gaming")
        _ = try ask("leave", "gaming", from: user)
        #expect(try room() == "general")
    }

    @Test("in the tick in which somebody moves, each post reaches those who are in its room by then")
    func sameTick() throws {
        let (sender, user) = (router.join(), router.join())
        _ = try ask("stay", "random", from: sender)
        func post(_ room: String, _ text: String) {
            router.post(#"{"type":"post","content":"\#(text)","room":"\#(room)"}"#, from: sender)
        }
        post("general", "1")
        post("random", "not")
        router.post(#"{"type":"join","to":"random"}"#, from: user)
        post("general", "not")
        post("random", "2")
        router.post(#"{"type":"stay","to":"general"}"#, from: user)
        post("random", "3")
        post("general", "4")
        router.endTurn()
        #expect(try router.said(to: user).filter { $0.type == "post" }.map(\.contentText) == ["1", "2", "3", "4"])
    }

    @Test("a post is heard of by who sees posts, before the sender's answer, in the room and with the id that it has")
    func posted() throws {
        let (sender, other) = (router.join(), router.join())
        let said = try router.ask(#"{"type":"post","content":"hi","ref":1}"#, from: sender)
        #expect(said.map(\.heard) == [#"posted 1 post general "hi""#, "ack"])
        #expect(try router.said(to: other).map(\.type) == ["post"])
    }

    @Test("what hooks say comes behind all that the message said itself, and what answers itself for ever is stopped")
    func rounds() throws {
        let router = TestRouter([Relay.self, Endless.self])
        let (sender, other) = (router.join(), router.join())
        _ = try router.ask(#"{"type":"relay"}"#, from: sender)
        #expect(try router.said(to: other).map(\.contentText) == ["one", "two", "re: one", "re: two"])
        #expect(!router.recorder.lines.contains { $0.hasPrefix("error") })
        let said = try router.ask(#"{"type":"endless","ref":1}"#, from: sender)
        #expect(said.map(\.type) == ["ack"])
        #expect(try router.said(to: other).count == 1_001)
        #expect(router.recorder.lines.filter { $0.hasPrefix("error: endless ") }.count == 1)
        #expect(try router.ask(#"{"type":"relay","ref":2}"#, from: sender).map(\.type) == ["ack"])
    }

    @Test("P30, P31: the id of an answer is that of the message's own post, whatever hooks post because of it")
    func ownId() throws {
        let router = TestRouter([Relay.self])
        let (sender, other) = (router.join(), router.join())
        for _ in 0..<2 {
            let said = try router.ask(#"{"type":"relay","ref":1,"key":"k"}"#, from: sender)
            #expect(said.map { $0.content["id"] as? Int } == [2])
        }
        #expect(try router.said(to: other).map(\.id) == [1, 2, 3, 4])
    }

    @Test("a room that there is not is said in the log, and what was to be done there is not done")
    func unknownRoom() throws {
        let router = TestRouter([Astray.self])
        let (sender, other) = (router.join(), router.join())
        #expect(try router.ask(#"{"type":"astray","ref":1}"#, from: sender).map(\.type) == ["ack"])
        #expect(try router.said(to: other).isEmpty)
        let errors = router.recorder.lines.filter { $0.hasPrefix("error: ") }
        #expect(errors.count == 4 && errors.allSatisfy { $0.contains("\"nowhere\"") })
    }

    @Test(
        "handlers hear of an end in reverse order, and may still have others closed: each gets its error, and leaves once"
    )
    func ends() throws {
        let router = TestRouter([Chain.self, Leaving.self, Mover.self])
        let users = (0..<4).map { _ in router.join() }
        router.lose(users[0])
        router.endTurn()
        let said = try router.said(to: users[3])
        #expect(said.map(\.type) == ["left-last", "left-first", "left-last", "left-first", "left-last", "left-first"])
        #expect(said.map { $0.content["id"] as? Int } == [1, 1, 2, 2, 3, 3])
        for user in users[1...2] {
            #expect(try router.said(to: user).last?.code == "banned")
            #expect(router.sink.closings[user]?.code.rawValue == 4004)
        }
        #expect(router.router.usersOnline == 1)
        #expect(router.sink.closings[users[3]] == nil)
    }

    @Test("who is closed gets an error with the code first; who closes it is answered before; the others get one leave")
    func kick() throws {
        let router = TestRouter([Leaving.self, Mover.self])
        let (sender, target, other) = (router.join(), router.join(), router.join())
        #expect(
            try router.ask(#"{"type":"kick","id":2,"ref":1}"#, from: sender).map(\.type) == ["ack", "left-last"])
        let error = try router.said(to: target)
        #expect(error.map(\.code) == ["banned"])
        #expect(error.first?.content["close"] as? Int == 4004)
        #expect(router.sink.closings[target]?.code.rawValue == 4004)
        #expect(try router.said(to: other).map(\.type) == ["left-last"])
        #expect(try router.ask(#"{"type":"kick","id":1,"ref":2}"#, from: sender).map(\.type) == ["ack", "error"])
        #expect(try router.said(to: other).map(\.type) == ["left-last"])
        #expect(router.router.usersOnline == 1)
    }

    @Test("what is sent to a user who has gone reaches nobody, also not who has its place")
    func sendToGone() throws {
        let router = TestRouter([Keeper.self])
        let (kept, sender) = (router.join(), router.join())
        _ = try router.ask(#"{"type":"tell"}"#, from: sender)
        #expect(try router.said(to: kept).map(\.type) == ["told"])
        router.lose(kept)
        router.open(kept)
        router.endTurn()
        #expect(try router.ask(#"{"type":"tell","ref":1}"#, from: sender).map(\.type) == ["ack"])
        #expect(try router.said(to: kept).isEmpty)
    }

    @Test("announcements and posts in a room by name reach those in it, whatever room their sender is in")
    func namedRoom() throws {
        let router = TestRouter([Mover.self, Herald.self])
        let (sender, inside, outside) = (router.join(), router.join(), router.join())
        router.post(#"{"type":"join","to":"gaming"}"#, from: inside)
        let said = try router.ask(#"{"type":"herald","ref":1}"#, from: sender)
        #expect(said.map(\.type) == ["ack"])
        #expect(said.first?.content["id"] as? Int == 1)
        let heard = try router.said(to: inside)
        #expect(heard.map(\.type) == ["hear", "note"])
        #expect(heard.map { $0["room"] as? String } == ["gaming", "gaming"])
        #expect(try router.said(to: outside).isEmpty)
    }

    @Test("hooks that follow a new name see it")
    func renamed() throws {
        let router = TestRouter([Rechristen.self])
        let said = try router.ask(#"{"type":"rechristen"}"#, from: router.join())
        #expect(said.map { $0.content["name"] as? String } == ["Ada"])
    }
}

extension Said {
    fileprivate var heard: String { type == "heard" ? contentText ?? "" : type }
}
