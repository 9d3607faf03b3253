import HandlerKit
import NIOCore
import Testing

@Suite("P17, P21, P25: the fields of a message")
struct MessageTests {
    private func message(_ field: String) throws -> Message {
        var message = Message()
        try message.object.read(ByteBuffer(string: #"{"type":"test"\#(field.isEmpty ? "" : ",\"field\":" + field)}"#))
        return message
    }

    @Test(
        "a string is decoded; missing and null are nil",
        arguments: [
            (#""a\u00e9\n""#, "aé\n"), (#""""#, ""), ("null", nil), ("", nil),
        ])
    func string(field: String, expected: String?) throws {
        #expect(try message(field).string("field") == expected)
    }

    @Test(
        "a text is passed on as it was written; missing, null and empty are nil",
        arguments: [
            (#""a\u00e9""#, #""a\u00e9""#), (#""""#, nil), ("null", nil), ("", nil), (#"" ""#, #"" ""#),
        ])
    func text(field: String, expected: String?) throws {
        let text = try message(field).text("field").map { raw in
            var writer = JSONWriter(into: ByteBuffer())
            raw.write(to: &writer)
            return String(buffer: writer.buffer)
        }
        #expect(text == expected)
    }

    @Test(
        "an id is a whole number or a string of one; what can be no id is nil",
        arguments: [
            ("5", 5), ("0", 0), ("-3", -3), (#""12""#, 12), ("9007199254740991", 9_007_199_254_740_991),
            (#""\u0031""#, 1), ("null", nil),
            ("", nil), (#""""#, nil), (#""5 ""#, nil), (#""0x5""#, nil), ("1.5", nil), ("1e400", nil),
            ("99999999999999999999", nil),
            (#""99999999999999999999""#, nil),
        ])
    func id(field: String, expected: Int64?) throws {
        #expect(try message(field).id("field") == expected)
    }

    @Test(
        "a whole number within ±2^53 is one; what is none is nil",
        arguments: [
            ("5", 5), ("-7", -7), ("9007199254740992", 9_007_199_254_740_992), ("9007199254740993", nil), ("1.5", nil),
            ("1e400", nil), ("null", nil), ("", nil), ("99999999999999999999", nil),
        ])
    func integer(field: String, expected: Int?) throws {
        #expect(try message(field).integer("field") == expected)
    }

    @Test(
        "a switch is true or false, and nil when it is missing or null",
        arguments: [("true", true), ("false", false), ("null", nil), ("", nil)])
    func bool(field: String, expected: Bool?) throws {
        #expect(try message(field).bool("field") == expected)
    }

    @Test(
        "a number or a switch of another type is a message of the wrong form",
        arguments: [#""5""#, #""true""#, "{}", "[1]"])
    func wrongNumber(field: String) throws {
        let message = try message(field)
        for read in [{ _ = try message.integer("field") }, { _ = try message.bool("field") }] {
            #expect {
                try read()
            } throws: {
                ($0 as? Rejection)?.code == .invalidMessage
            }
        }
    }

    @Test(
        "a field of another type is a message of the wrong form", arguments: ["true", "false", "{}", "[]", #"["a"]"#])
    func wrongType(field: String) throws {
        let message = try message(field)
        for read in [
            { _ = try message.string("field") }, { _ = try message.text("field") }, { _ = try message.id("field") },
        ] {
            #expect { try read() } throws: { ($0 as? Rejection)?.code == .invalidMessage }
        }
        #expect { try self.message("5").string("field") } throws: { ($0 as? Rejection)?.code == .invalidMessage }
        #expect { try self.message("5").text("field") } throws: { ($0 as? Rejection)?.code == .invalidMessage }
    }

    @Test("its type is compared by what it says")
    func type() throws {
        var message = Message()
        #expect(!message.isOf(type: "test"))
        try message.object.read(ByteBuffer(string: #"{"\u0074ype":"t\u0065st"}"#))
        #expect(message.type == "test")
        #expect(message.isOf(type: "test") && !message.isOf(type: "tes") && !message.isOf(type: "tests"))
    }
}
