import Handlers
import HandlerKit
import NIOCore
import RouterCore
import TestSupport
import Testing

@Suite("P2, P3, P10 to P12, P20, P21, P28: messages, private messages, echo")
struct TalkingTests {
    private let router = TestRouter([Private.self, Broadcast.self])

    @Test(
        "content is passed on as it was written, escapes and all",
        arguments: [#"é"#, #"\u00e9"#, #"\ud83d\ude00"#, #"<b>\/"\\"#, #"\u0000"#])
    func verbatim(content: String) throws {
        let content = content.replacing("\"", with: "\\\"")
        let (sender, other) = (router.join(), router.join())
        #expect(try router.ask(#"{"type":"message","content":"\#(content)"}"#, from: sender).isEmpty)
        #expect(
            try router.said(to: other).map(\.text) == [
                #"{"type":"message","from_id":1,"from_name":"User1","content":"\#(content)","timestamp":1767323045,"id":1,"room":"general"}"#
            ])
        _ = try router.ask(#"{"type":"private_message","to_id":1,"content":"\#(content)"}"#, from: other)
        #expect(
            try router.said(to: sender).map(\.text) == [
                #"{"type":"private_message","from_id":2,"from_name":"User2","content":"\#(content)","timestamp":1767323045,"id":2}"#
            ])
    }

    @Test("a message without content is ignored", arguments: ["", #","content":"""#, #","content":null"#])
    func empty(member: String) throws {
        let (sender, other) = (router.join(), router.join())
        #expect(try router.ask(#"{"type":"message"\#(member)}"#, from: sender).isEmpty)
        #expect(try router.ask(#"{"type":"private_message","to_id":2\#(member)}"#, from: sender).isEmpty)
        #expect(
            try router.ask(#"{"type":"message"\#(member),"ref":1}"#, from: sender).map(\.text) == [
                #"{"type":"ack","ref":1,"content":{},"timestamp":1767323045}"#
            ])
        #expect(try router.said(to: other).isEmpty)
    }

    @Test("content of another type is refused", arguments: ["5", "{}", "[\"x\"]", "true"])
    func wrongType(content: String) throws {
        let sender = router.join()
        for message in [#""type":"message""#, #""type":"private_message","to_id":1"#] {
            #expect(
                try router.ask("{\(message),\"content\":\(content)}", from: sender).map(\.code) == ["invalid_message"])
        }
    }

    @Test("a private message is told to its receiver and to its sender, once each; to oneself both")
    func privately() throws {
        let (sender, receiver, third) = (router.join(), router.join(), router.join())
        let receipt = try router.ask(#"{"type":"private_message","to_id":"2","content":"psst"}"#, from: sender)
        #expect(
            receipt.map(\.text) == [
                #"{"type":"private_message_sent","to_id":2,"to_name":"User2","content":"psst","timestamp":1767323045,"id":1}"#
            ])
        #expect(try router.said(to: receiver).map(\.type) == ["private_message"])
        #expect(try router.said(to: third).isEmpty)
        let own = try router.ask(#"{"type":"private_message","to_id":1,"content":"me"}"#, from: sender)
        #expect(own.map(\.type) == ["private_message", "private_message_sent"])
        #expect(own.map(\.id) == [2, 2])
    }

    @Test(
        "who is not there can't be written to, whatever the content",
        arguments: ["3", "0", "-1", "9007199254740993", "1.5", "\"2x\"", "\"\"", "null"])
    func unknownUser(id: String) throws {
        let sender = router.join()
        for content in ["", #","content":"x""#, #","content":5"#] {
            let said = try router.ask(#"{"type":"private_message","to_id":\#(id)\#(content)}"#, from: sender)
            #expect(said.map { $0.content["message"] as? String } == ["User not found or offline"])
        }
    }

    @Test(
        "an id that is neither a number nor a string is a message of the wrong form", arguments: ["true", "{}", "[2]"])
    func wrongId(id: String) throws {
        let said = try router.ask(#"{"type":"private_message","to_id":\#(id),"content":"x"}"#, from: router.join())
        #expect(said.map(\.code) == ["invalid_message"])
    }

    @Test("one who has left can't be written to, not even by the number of who came in its place")
    func left() throws {
        let (sender, gone) = (router.join(), router.join())
        router.lose(gone)
        router.open(gone)
        let said = try router.ask(#"{"type":"private_message","to_id":2,"content":"x"}"#, from: sender)
        #expect(said.map(\.code) == ["user_not_found"])
        #expect(try router.said(to: gone).isEmpty)
    }

    private func echo(prefix: String?) -> TestRouter {
        let settings = prefix.map { [SettingInput.Pair(key: "prefix", value: .scalar($0, quoted: true))] } ?? []
        return TestRouter([PipelinePlan.Entry(Echo.self, settings: settings)])
    }

    @Test("echo answers a text with its prefix and nothing else, and binary only without a prefix")
    func echo() {
        for (prefix, answers) in [
            (nil, ["Echo: hi", "Echo: "]), (">", [">hi", ">"]), ("", ["hi", "", "\u{1}\u{2}"]),
        ] {
            let router = echo(prefix: prefix)
            let sender = router.open()
            router.endTurn()
            #expect(router.sink.writes.isEmpty)
            router.post("hi", from: sender)
            router.post("", from: sender)
            router.withRouter { $0.receivedBinary(ByteBuffer(bytes: [1, 2]), from: sender) }
            router.endTurn()
            let frames = router.sink.takeFrames(of: sender)
            #expect(frames.map(\.text) == answers)
            #expect(frames.map(\.opcode) == Array([1, 1, 2].prefix(answers.count)))
        }
    }
}
