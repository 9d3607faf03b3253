import JSONWire
import NIOCore
import Testing

@Suite("Every byte in every place")
struct EveryByteTests {
    private func fault(_ bytes: [UInt8]) -> JSONFault.Kind? {
        var object = JSONObject()
        do { try object.read(ByteBuffer(bytes: bytes)) } catch { return error.kind }
        return nil
    }

    @Test("no single byte is an object", arguments: 0...255 as ClosedRange<UInt8>)
    func alone(byte: UInt8) {
        let expected: JSONFault.Kind =
            switch byte {
            case 0x30...0x39: .notAnObject
            case 0x80...0xFF: .invalidUTF8
            case 0x09, 0x0A, 0x0D, 0x20, UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "\""),
                UInt8(ascii: "-"), UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
                .unexpectedEnd
            default: .unexpectedByte
            }
        #expect(fault([byte]) == expected)
    }

    @Test("white space is exactly four bytes", arguments: 0...0x7F as ClosedRange<UInt8>)
    func whiteSpace(byte: UInt8) {
        let isWhite = [0x20, 0x09, 0x0A, 0x0D].contains(byte)
        for text in ["?{}", "{?}", "{}?", #"{?"a":1}"#, #"{"a"?:1}"#, #"{"a":?[]}"#, #"{"a":[]?}"#, #"{"a":[[]?]}"#] {
            let bytes = text.utf8.map { $0 == UInt8(ascii: "?") ? byte : $0 }
            #expect((fault(bytes) == nil) == isWhite, "\(text) with \(byte)")
        }
    }

    /// The eight bytes of a word and what stands before and behind it: each place is one of the word's, or of the rest.
    @Test("in a string only controls, the quote and the backslash do not stand for themselves", arguments: 0...20)
    func inStrings(place: Int) throws {
        for byte in UInt8(0)...0x7F {
            var content = Array(repeating: UInt8(ascii: "x"), count: 21)
            content[place] = byte
            let text = Array(#"{"a":""#.utf8) + content + Array(#""}"#.utf8)
            switch byte {
            case 0..<0x20: #expect(fault(text) == .controlCharacter)
            case UInt8(ascii: "\""): #expect(fault(text) == .unexpectedByte)
            case UInt8(ascii: "\\"): #expect(fault(text) == (place == 20 ? .unexpectedEnd : .badEscape))
            default:
                var object = JSONObject()
                try object.read(ByteBuffer(bytes: text))
                let value = try #require(object.value("a"))
                #expect(object.string(value).map { Array($0.utf8) } == content)
            }
        }
    }

    @Test(
        "an escape is exactly one of \"\\/bfnrt, or u with four hexadecimal digits",
        arguments: 0...0x7F as ClosedRange<UInt8>)
    func escapes(byte: UInt8) {
        let isEscape = "\"\\/bfnrt".utf8.contains(byte)
        #expect((fault(Array(#"{"a":"\"#.utf8) + [byte] + Array(#""}"#.utf8)) == nil) == isEscape)
        let isHexadecimal = "0123456789abcdefABCDEF".utf8.contains(byte)
        for place in 0..<4 {
            var digits = Array("0041".utf8)
            digits[place] = byte
            #expect((fault(Array(#"{"a":"\u"#.utf8) + digits + Array(#""}"#.utf8)) == nil) == isHexadecimal)
        }
    }

    @Test("a text cut short anywhere is refused, and leaves the object empty")
    func cutShort() throws {
        let text = Array(#"{"type":"message","n":-1.5e+3,"l":[true,{"k":null}],"s":"\ud83d\ude00 é"}"#.utf8)
        var object = JSONObject()
        try object.read(ByteBuffer(bytes: text))
        for length in 0..<text.count {
            var cut = object
            #expect(throws: JSONFault.self) { try cut.read(ByteBuffer(bytes: text[..<length])) }
            #expect(cut.memberNames.isEmpty && cut.value("type") == nil && cut.text.readableBytes == 0)
        }
    }

    @Test("all code points come through as escapes and as themselves")
    func codePoints() throws {
        var object = JSONObject()
        for value in stride(from: UInt32(0x80), through: 0x10FFFF, by: 97) {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let units = String(scalar).utf16.map { unit in
                let hexadecimal = String(unit, radix: 16)
                return "\\u" + String(repeating: "0", count: 4 - hexadecimal.count) + hexadecimal
            }
            try object.read(ByteBuffer(string: #"{"a":"\#(units.joined())","b":"\#(scalar)"}"#))
            let (a, b) = try (#require(object.value("a")), #require(object.value("b")))
            #expect(object.string(a) == String(scalar) && object.string(b) == String(scalar))
            #expect(object.utf8Length(a) == String(scalar).utf8.count)
        }
    }
}
