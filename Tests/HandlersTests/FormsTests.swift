import HandlerKit
import HandlerTesting
import Handlers
import RouterCore
import TestSupport
import Testing

@Suite("What handlers declare of their messages and frames is so")
struct FormsTests {
    /// Those that the script below is about; others have `checkConformance` in a test of their own.
    private static let shipped: [any Handler.Type] = [
        RateLimit.self, Lobby.self, Rename.self, Rooms.self, Emoji.self, Image.self, History.self, Typing.self,
        Private.self, Broadcast.self,
    ]
    private static let frames = shipped.flatMap { $0.sends }
    /// Sent by the core, whatever the pipeline.
    private static let ofTheCore: Set = ["error", "ack"]

    /// One of each that the first user may send, so that every frame comes to somebody.
    private static let script = [
        #"{"type":"get_users"}"#, #"{"type":"get_stats","ref":1}"#, #"{"type":"set_name","name":"Ada"}"#,
        #"{"type":"typing","is_typing":true}"#, #"{"type":"message","content":"hi"}"#,
        #"{"type":"image","url":"https://example.com/cat.png"}"#, #"{"type":"get_history"}"#,
        #"{"type":"private_message","to_id":2,"content":"psst"}"#, #"{"type":"get_rooms"}"#,
        #"{"type":"join_room","room":"gaming"}"#, #"{"type":"leave_room"}"#, #"{"type":"nothing"}"#,
    ]

    /// All that two users are sent, of whom the first says what the script says, and leaves.
    private func said() throws -> [Said] {
        let router = TestRouter(Self.shipped)
        let (first, second) = (router.open(), router.open())
        for text in Self.script { router.post(text, from: first) }
        router.endTurn()
        let said = try router.said(to: first)
        router.lose(first)
        router.endTurn()
        return try said + router.said(to: second)
    }

    @Test("every frame that is sent is declared, and every one that is declared can be seen here")
    func declared() throws {
        #expect(try Set(said().map(\.type)) == Set(Self.frames.map(\.type)).union(Self.ofTheCore))
        #expect(Self.frames.count == Set(Self.frames.map(\.type)).count)
    }

    @Test("the content of a frame has the members that are declared, and is no object where none are")
    func contents() throws {
        for frame in try said() {
            guard let form = Self.frames.first(where: { $0.type == frame.type }) else { continue }
            let names = (frame["content"] as? [String: Any]).map { Set($0.keys) }
            switch form.content {
            case nil: #expect(names == Set(form.fields.map(\.key)), "\(frame.text)")
            case .list: #expect(frame["content"] is [Any], "\(frame.text)")
            case .string: #expect(frame.contentText != nil, "\(frame.text)")
            default: Issue.record("no frame has such a content yet: \(frame.text)")
            }
        }
    }

    @Test("a frame to others says who it is from, a frame to its cause does not")
    func receivers() throws {
        for frame in try said() {
            guard let form = Self.frames.first(where: { $0.type == frame.type }) else { continue }
            #expect((frame["from_id"] != nil) == (form.receiver != .sender), "\(frame.text)")
        }
    }

    @Test("a message is taken with the fields that are declared, and refused when one is of another type")
    func messages() throws {
        let forms = Self.shipped.filter { $0.types.finishes }.flatMap { $0.types.forms ?? [] }
        let required = ["set_name": "invalid_name"]
        for form in forms {
            #expect(Self.script.contains { $0.hasPrefix(#"{"type":"\#(form.type)""#) }, "\(form.type)")
            for field in form.fields {
                let router = TestRouter(Self.shipped)
                let sender = router.join()
                let message = #"{"type":"\#(form.type)","to_id":1,"url":"http://x.y","\#(field.key)":[]}"#
                let code = try router.ask(message, from: sender).last?.code
                #expect(code == required[form.type, default: "invalid_message"], "\(message)")
            }
        }
    }
}
