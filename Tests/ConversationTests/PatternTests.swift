import Testing

@testable import HandlerTesting

@Suite("The patterns of frames")
struct PatternTests {
    private func mismatch(_ pattern: String, _ json: String) throws -> String? {
        try FramePattern(pattern).mismatch(.text(json), noon)
    }

    @Test(
        "These fit",
        arguments: [
            (#"{"a":1,"b":[true,null]}"#, #" { "a" : 1 , "b" : [ true , null ] } "#), (#"{...}"#, #"{"a":1}"#),
            ("{}", "{}"),
            (#"{"a":1,...}"#, #"{"a":1}"#), (#"{"a":1,...}"#, #"{"a":1,"b":2}"#), ("[1,...]", "[1,2,3]"),
            (#"{"a":ANY}"#, #"{"a":{"b":[]}}"#), (#"{"a":TEXT,"b":INT}"#, #"{"a":"","b":-5}"#),
            (#"{"a":NOW,"b":NOW-10}"#, #"{"a":1767355200,"b":1767355190}"#), (#""\u00e9\ud83d\ude00""#, #""é😀""#),
            ("1.50e3", "1.50e3"), (#"{"a":LOCALTIME}"#, #"{"a":"2026-01-02 13:00:00"}"#),
            (#"{"a":TOKEN}"#, #"{"a":"0123456789abcdef0123456789abcdef"}"#),
        ])
    func fits(pattern: String, json: String) throws {
        #expect(try mismatch(pattern, json) == nil)
    }

    @Test(
        "These do not: other types, values, keys, order, more, less",
        arguments: [
            (#"{"a":1}"#, #"{"a":"1"}"#), (#"{"a":1}"#, #"{"a":2}"#), (#"{"a":1}"#, #"{"a":1.0}"#),
            (#"{"a":1}"#, #"{"b":1}"#),
            (#"{"a":1,"b":2}"#, #"{"b":2,"a":1}"#), (#"{"a":1}"#, #"{"a":1,"b":2}"#), (#"{"a":1,"b":2}"#, #"{"a":1}"#),
            ("[1]", "[1,2]"), ("[1,2]", "[1]"), ("[1,...]", "[]"), (#"{"a":1,...}"#, #"{"b":1,"a":1}"#), ("{}", "[]"),
            (#"{"a":NOW}"#, #"{"a":1767355201}"#), (#"{"a":INT}"#, #"{"a":1.5}"#), (#"{"a":INT}"#, #"{"a":"5"}"#),
            (#"{"a":TEXT}"#, #"{"a":null}"#), (#"{"a":LOCALTIME}"#, #"{"a":"2026-01-02"}"#), ("null", "false"),
            (#"{"a":TOKEN}"#, #"{"a":"0123456789abcdef0123456789abcde"}"#),
            (#"{"a":TOKEN}"#, #"{"a":"0123456789ABCDEF0123456789ABCDEF"}"#),
            (#""é""#, #""e\u0301""#), (#"{"a":1}"#, #"{"a":1} x"#), (#"{"a":1}"#, #"{"a":1,}"#),
            (#"{"a":1}"#, #"{"a":01}"#),
            (#"{"a":"x"}"#, "{\"a\":\"x\u{1}\"}"), (#"{"a":"\ufffd"}"#, #"{"a":"\ud800"}"#), ("INT", "NOW"),
        ])
    func differs(pattern: String, json: String) throws {
        #expect(try mismatch(pattern, json) != nil)
    }

    @Test("A mismatch says where, what was expected, and what came")
    func message() throws {
        let text = try mismatch(#"{"content":{"users":[{"id":1}]}}"#, #"{"content":{"users":[{"id":2}]}}"#)
        #expect(text?.hasPrefix("content.users[0].id: expected 1, got 2") == true)
    }
}
