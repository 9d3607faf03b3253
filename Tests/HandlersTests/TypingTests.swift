import HandlerKit
import HandlerTesting
import Handlers
import RouterCore
import TestSupport
import Testing

@Suite("P42: who is typing")
struct TypingTests {
    private let router = TestRouter([Lobby.self, Rooms.self, Typing.self, Broadcast.self])

    private func advance(_ duration: Duration) {
        router.clock.advance(by: duration)
        router.withRouter { $0.timePassed() }
        router.endTurn()
    }

    private func type(_ isTyping: Bool, _ connection: Int) {
        router.post(#"{"type":"typing","is_typing":\#(isTyping)}"#, from: connection)
        router.endTurn()
    }

    @Test("the others in the room are told, with the room behind the timestamp, and five seconds later of its end")
    func expires() throws {
        let (sender, other) = (router.join(), router.join())
        type(true, sender)
        advance(.seconds(5))
        #expect(
            try router.said(to: other).map(\.text) == [
                #"{"type":"typing","from_id":1,"from_name":"User1","content":{"user_id":1,"user_name":"User1","is_typing":true},"timestamp":1767323045,"room":"general"}"#,
                #"{"type":"typing","from_id":1,"from_name":"User1","content":{"user_id":1,"user_name":"User1","is_typing":false},"timestamp":1767323050,"room":"general"}"#,
            ])
        #expect(try router.said(to: sender).isEmpty)
    }

    @Test("who is behind in reading is not told that somebody types, but that somebody no longer does")
    func behind() throws {
        let (sender, other) = (router.join(), router.join())
        router.sink.behind = [other]
        type(true, sender)
        #expect(router.sink.kept[other] == nil)
        advance(.seconds(5))
        var kept = try #require(router.sink.kept[other])
        let said = try ServerFrame.take(from: &kept).map { try Said($0.text) }
        #expect(said.map { $0.content["is_typing"] as? Bool } == [false])
    }

    @Test("an end that came early is the only one: neither the five seconds nor leaving tells it again")
    func once() throws {
        let (sender, other) = (router.join(), router.join())
        type(true, sender)
        router.post(#"{"type":"message","content":"x"}"#, from: sender)
        advance(.seconds(6))
        router.lose(sender)
        advance(.seconds(6))
        #expect(try router.said(to: other).map(\.type) == ["typing", "message", "typing", "leave"])
    }

    @Test("who comes in the place of one who typed does not type, and may at once")
    func newSession() throws {
        let (sender, other) = (router.join(), router.join())
        type(true, sender)
        router.lose(sender)
        router.endTurn()
        router.open(sender)
        router.endTurn()
        #expect(try router.said(to: other).map(\.type) == ["typing", "typing", "leave", "join"])
        router.post(#"{"type":"message","content":"x"}"#, from: sender)
        type(true, sender)
        advance(.milliseconds(4_999))
        #expect(try router.said(to: other).map(\.type) == ["message", "typing"])
        advance(.milliseconds(1))
        #expect(try router.said(to: other).map { $0.content["is_typing"] as? Bool } == [false])
    }

    @Test("however many come, at most one a second is passed on for a user")
    func rate() throws {
        let (sender, other) = (router.join(), router.join())
        for number in 0..<100 {
            type(number.isMultiple(of: 3), sender)
            advance(.milliseconds(100))
        }
        // Ten seconds; whoever ends by itself is not passed on, but there is none here that lasts so long.
        #expect(try (1...10).contains(router.said(to: other).count))
    }
}
