import HandlerKit
import Handlers
import TestSupport
import Testing

@Suite("P38: the image handler")
struct ImageTests {
    private let router = TestRouter([Image.self, Broadcast.self])

    @Test("a picture is a post: everyone else in the room gets its address, with an id")
    func post() throws {
        let (sender, other) = (router.join(), router.join())
        let url = "https://example.com/a.png?x=1&y='2'"
        let said = try router.ask(#"{"type":"image","url":"\#(url)","ref":7}"#, from: sender)
        #expect(said.map(\.text) == [#"{"type":"ack","ref":7,"content":{"id":1},"timestamp":1767323045}"#])
        #expect(
            try router.said(to: other).map(\.text) == [
                #"{"type":"image","from_id":1,"from_name":"User1","content":{"url":"\#(url)"},"timestamp":1767323045,"id":1,"room":"general"}"#
            ])
    }

    @Test("with a key it is posted once, and answered twice")
    func key() throws {
        let (sender, other) = (router.join(), router.join())
        let message = #"{"type":"image","url":"http://a/b","key":"k","ref":1}"#
        let first = try router.ask(message, from: sender).map(\.text)
        #expect(try router.ask(message, from: sender).map(\.text) == first)
        #expect(try router.said(to: other).map(\.type) == ["image"])
    }

    @Test(
        "without a fitting address it is refused, and nobody hears of it",
        arguments: ["", #","url":null"#, #","url":"""#, #","url":"javascript:alert(1)""#, #","url":"https://a@b/""#])
    func refused(member: String) throws {
        let (sender, other) = (router.join(), router.join())
        let said = try router.ask(#"{"type":"image"\#(member)}"#, from: sender)
        #expect(
            said.map(\.text) == [
                #"{"type":"error","content":{"message":"Invalid image URL","code":"invalid_url"},"timestamp":1767323045}"#
            ])
        #expect(try router.said(to: other).isEmpty)
    }

    @Test("an address that is no string is a message of the wrong form (P17)", arguments: ["5", "true", "[]", "{}"])
    func wrongType(url: String) throws {
        #expect(
            try router.ask(#"{"type":"image","url":\#(url)}"#, from: router.join()).map(\.code) == ["invalid_message"])
    }
}
