import HandlerKit
import Handlers
import TestSupport
import Testing

@Suite("P39: the emoji handler")
struct EmojiTests {
    private let router = TestRouter([Emoji.self, Private.self, Broadcast.self])

    @Test("everyone but the sender gets the emoji, and the rest of the text as it was written")
    func message() throws {
        let (sender, other) = (router.join(), router.join())
        #expect(try router.ask(#"{"type":"message","content":"\u00e9 :smile:\n:nope:"}"#, from: sender).isEmpty)
        #expect(
            try router.said(to: other).map(\.text) == [
                #"{"type":"message","from_id":1,"from_name":"User1","content":"\u00e9 😄\n:nope:","timestamp":1767323045,"id":1,"room":"general"}"#
            ])
    }

    @Test("in a private message both get it, the receiver and who wrote it")
    func privately() throws {
        let (sender, receiver) = (router.join(), router.join())
        let receipt = try router.ask(#"{"type":"private_message","to_id":2,"content":":tada:"}"#, from: sender)
        #expect(receipt.map(\.contentText) == ["🎉"])
        #expect(try router.said(to: receiver).map(\.contentText) == ["🎉"])
    }

    @Test("sent again with its key, a private message is answered with the same text")
    func key() throws {
        let (sender, receiver) = (router.join(), router.join())
        let message = #"{"type":"private_message","to_id":2,"content":"`x` :tada:","key":"k"}"#
        let first = try router.ask(message, from: sender).map(\.text)
        #expect(first.count == 1 && first[0].contains(#""content":"`x` 🎉""#))
        #expect(try router.ask(message, from: sender).map(\.text) == first)
        #expect(try router.said(to: receiver).map(\.contentText) == ["`x` 🎉"])
    }

    @Test("what is wrong with a message is found by whoever takes it, in its order")
    func faults() throws {
        let sender = router.join()
        #expect(try router.ask(#"{"type":"message","content":5}"#, from: sender).map(\.code) == ["invalid_message"])
        #expect(try router.ask(#"{"type":"message","content":""}"#, from: sender).isEmpty)
        #expect(try router.ask(#"{"type":"message"}"#, from: sender).isEmpty)
        let nobody = #"{"type":"private_message","to_id":9,"content":5}"#
        #expect(try router.ask(nobody, from: sender).map(\.code) == ["user_not_found"])
    }

    @Test("a replacement does not stay for the next message")
    func next() throws {
        let (sender, other) = (router.join(), router.join())
        for (content, expected) in [(":smile:", "😄"), ("plain", "plain"), (":heart:", "❤️"), (":nope:", ":nope:")] {
            router.post(#"{"type":"message","content":"\#(content)"}"#, from: sender)
            router.endTurn()
            #expect(try router.said(to: other).map(\.contentText) == [expected])
        }
    }
}
