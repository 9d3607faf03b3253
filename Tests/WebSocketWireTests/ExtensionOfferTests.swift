import Testing

@testable import WebSocketWire

@Suite("RFC 6455, section 9.1: what a client offers in Sec-WebSocket-Extensions")
struct ExtensionOfferTests {
    private typealias Offer = ExtensionOffer

    private static func offer(_ name: String, _ parameters: (String, String?)...) -> ExtensionOffer {
        ExtensionOffer(name: name, parameters: parameters.map { .init(name: $0.0, value: $0.1) })
    }

    @Test(
        "a list of extensions has names, parameters and values, tokens or quoted tokens",
        arguments: [
            ("foo", [offer("foo")]),
            ("foo, bar; baz=2", [offer("foo"), offer("bar", ("baz", "2"))]),
            ("bar; baz=2; x; y=\"z\"", [offer("bar", ("baz", "2"), ("x", nil), ("y", "z"))]),
            ("foo;a,foo;b", [offer("foo", ("a", nil)), offer("foo", ("b", nil))]),
            (" \tfoo \t; \ta = \t1 , bar", [offer("foo", ("a", "1")), offer("bar")]),
            ("foo; a=\"\\1\\0\"", [offer("foo", ("a", "10"))]),
            ("foo; a; a", [offer("foo", ("a", nil), ("a", nil))]),
            (",, foo ,\t, bar,", [offer("foo"), offer("bar")]),
            ("!#$%&'*+-.^_`|~09azAZ", [offer("!#$%&'*+-.^_`|~09azAZ")]),
        ])
    func offers(field: String, offers: [ExtensionOffer]) {
        #expect(ExtensionOffer.all(in: [field]) == offers)
    }

    @Test("several fields are one list, in their order; without any nothing is offered")
    func fields() {
        #expect(
            ExtensionOffer.all(in: ["foo; a=1", "bar, baz"])
                == [Self.offer("foo", ("a", "1")), Self.offer("bar"), Self.offer("baz")])
        #expect(ExtensionOffer.all(in: ["", "foo", " "]) == [Self.offer("foo")])
        #expect(ExtensionOffer.all(in: []) == [])
    }

    @Test(
        "what is no such list is none",
        arguments: [
            "", " ", ",", ", ,", ";", "foo;", "foo; ", "foo;;a", "; a", "foo, ;a", "foo bar", "foo; a b", "foo; a=",
            "foo; =1", "foo; a==1", "foo; a=1=2", "foo=1", "foo; a=\"\"", "foo; a=\"1", "foo; a=1\"", "foo; a=\"1 0\"",
            "foo; a=\"1,0\"", "foo; a=\"\\", "foo; a=\"1\\\"", "foo; a=\"1\"0", "foo; a='1 0'", "\"foo\"", "foo/1",
            "foo; a=(1)", "föö", "foo; a=é", "foo; a=\"é\"", "foo\u{B}bar", "foo:bar", "foo; a=<1>", "foo@bar",
            "foo; [a]", "foo; {a}", "foo?", "foo\\",
        ])
    func malformed(field: String) {
        #expect(ExtensionOffer.all(in: [field]) == nil)
        #expect(ExtensionOffer.all(in: ["bar", field]) == nil || Self.isEmptyList(field))
        #expect(ExtensionOffer.all(in: [field, "bar"]) == nil || Self.isEmptyList(field))
    }

    /// Nothing between commas does no harm beside an element.
    private static func isEmptyList(_ field: String) -> Bool { field.allSatisfy { ", ".contains($0) } }

    @Test("a quoted value does not reach from one field into the next")
    func quotesEndWithTheirField() {
        #expect(ExtensionOffer.all(in: ["foo; a=\"1", "2\""]) == nil)
    }
}
