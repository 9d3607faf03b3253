import JSONWire
import NIOCore
import Seeds
import Testing

@Suite("Writing strings and numbers")
struct EncodingTests {
    private func encoded(_ string: String) -> String {
        var buffer = ByteBuffer()
        buffer.writeJSONString(string)
        let text = String(buffer: buffer)
        #expect(JSONText.encode(string) == Array(text.utf8))
        #expect(JSONText.encodedLength(string) == text.utf8.count)
        return text
    }

    @Test("exactly the quote, the backslash and the controls are escaped")
    func escapes() {
        #expect(encoded("") == #""""#)
        #expect(encoded("\"\\/") == #""\"\\/""#)
        #expect(encoded("\u{8}\u{C}\n\r\t") == #""\b\f\n\r\t""#)
        #expect(encoded("\0\u{1}\u{B}\u{1F}") == #""\u0000\u0001\u000b\u001f""#)
        #expect(encoded("\u{7F}é日😀\u{2028}\u{2029}\u{FEFF}<>&'") == "\"\u{7F}é日😀\u{2028}\u{2029}\u{FEFF}<>&'\"")
    }

    @Test("a byte to escape is found in every place of a text of every length", arguments: 1...40)
    func places(length: Int) {
        for place in 0..<length {
            for (special, escape) in [("\"", "\\\""), ("\\", "\\\\"), ("\u{1F}", "\\u001f"), ("\0", "\\u0000")] {
                let (before, behind) = (
                    String(repeating: "x", count: place), String(repeating: "é", count: length - place - 1)
                )
                #expect(encoded(before + special + behind) == "\"" + before + escape + behind + "\"")
            }
        }
    }

    @Test("random strings come back as they were", arguments: 1...4 as ClosedRange<UInt64>)
    func roundTrip(seed: UInt64) throws {
        var random = Seeded(seed)
        var characters = RandomDocument(seed: seed)
        var object = JSONObject()
        for index in 0..<1_000 {
            let length = Int.random(in: 0...40, using: &random)
            let string = String((0..<length).map { _ in characters.character() })
            var buffer = ByteBuffer()
            var writer = JSONWriter(into: ByteBuffer())
            writer.beginObject()
            writer.key(string)
            writer.string(string)
            writer.endObject()
            buffer = writer.finish()
            try object.read(buffer)
            let value = try #require(object.value(named: string), "seed \(seed), string \(index)")
            #expect(object.string(value).map { Array($0.utf8) } == Array(string.utf8), "seed \(seed), string \(index)")
            #expect(object.utf8Length(value) == string.utf8.count)
            #expect(object.withBytes(value) { Array($0) } == JSONText.encode(string))
            #expect(encoded(string).utf8.count == value.range.count)
        }
    }

    private func digits(_ value: Int64) -> String {
        let target = UnsafeMutableRawPointer.allocate(byteCount: 24, alignment: 1)
        defer { target.deallocate() }
        target.initializeMemory(as: UInt8.self, repeating: UInt8(ascii: "!"), count: 24)
        let count = JSONDigits.write(value, to: target)
        #expect(count == JSONDigits.count(value))
        #expect(
            target.load(fromByteOffset: count, as: UInt8.self) == UInt8(ascii: "!"), "nothing behind the end is touched"
        )
        return String(decoding: UnsafeRawBufferPointer(start: target, count: count), as: UTF8.self)
    }

    @Test("integers of every length are written as Swift writes them")
    func integers() {
        var random = Seeded(1)
        var power: Int64 = 1
        for _ in 0..<19 {
            for value in [power - 1, power, power + 1, power * 9, power * 5 + 7 % power] {
                #expect(digits(value) == value.description && digits(-value) == (-value).description)
            }
            for _ in 0..<50 {
                let value = Int64.random(in: 0...power, using: &random)
                #expect(digits(value) == value.description && digits(-value) == (-value).description)
            }
            if power < 1_000_000_000_000_000_000 { power *= 10 }
        }
        var buffer = ByteBuffer()
        for value in [0, -1, Int64.max, Int64.min, 1_764_000_000] {
            #expect(digits(value) == value.description)
            buffer.clear()
            buffer.writeJSONInteger(value)
            #expect(String(buffer: buffer) == value.description)
        }
    }

    @Test("doubles are as short as can be, and integral ones without a point")
    func doubles() {
        let table: [(Double, String)] = [
            (0, "0"), (-0.0, "-0"), (1, "1"), (-2, "-2"), (0.5, "0.5"), (0.1, "0.1"), (1e15, "1000000000000000"),
            (9_007_199_254_740_991, "9007199254740991"), (1e16, "1e+16"), (1e300, "1e+300"),
            (.leastNonzeroMagnitude, "5e-324"),
            (.greatestFiniteMagnitude, "1.7976931348623157e+308"), (1_764_000_000.25, "1764000000.25"), (1e-5, "1e-05"),
        ]
        for (value, text) in table {
            var buffer = ByteBuffer()
            buffer.writeJSONDouble(value)
            #expect(String(buffer: buffer) == text)
        }
    }

    @Test("random doubles come back as they were")
    func doublesRoundTrip() throws {
        var random = Seeded(7)
        var object = JSONObject()
        for _ in 0..<2_000 {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            var buffer = ByteBuffer(string: #"{"a":"#)
            buffer.writeJSONDouble(value)
            buffer.writeString("}")
            try object.read(buffer)
            #expect(object.value("a").flatMap(object.double)?.bitPattern == value.bitPattern)
        }
    }
}
