import NIOCore

extension ByteBuffer {
    /// Writes a string in quotes, escaping exactly `"`, `\` and U+0000 to U+001F (RFC 8259, section 7).
    public mutating func writeJSONString(_ text: String) {
        var text = text
        text.withUTF8 { writeJSON(string: UnsafeRawBufferPointer($0), comma: false, colon: false) }
    }

    /// Writes an integer in decimal.
    public mutating func writeJSONInteger(_ value: Int64) {
        writeJSON(integer: value, comma: false)
    }

    /// Writes the shortest decimal text that reads back as the same double; an integral one without `.0`.
    /// - Parameter value: finite, as JSON has no other numbers; anything else traps.
    public mutating func writeJSONDouble(_ value: Double) {
        precondition(value.isFinite, "JSON has no infinity and no NaN")
        let text = value.description
        writeSubstring(text.hasSuffix(".0") ? text.dropLast(2) : text[...])
    }

    // Every write to a buffer checks for uniqueness and exclusive access; so one write for all that belongs together.

    mutating func writeJSON(string utf8: UnsafeRawBufferPointer, comma: Bool, colon: Bool) {
        let length = JSONText.encodedLength(utf8)
        let before = comma ? 1 : 0
        let whole = before + length + (colon ? 1 : 0)
        writeWithUnsafeMutableBytes(minimumWritableBytes: whole) { target in
            if comma { target[0] = UInt8(ascii: ",") }
            JSONText.encode(utf8, length: length, to: UnsafeMutableRawBufferPointer(rebasing: target[before...]))
            if colon { target[whole - 1] = UInt8(ascii: ":") }
            return whole
        }
    }

    mutating func writeJSON(integer value: Int64, comma: Bool) {
        let longest = 21  // a comma, a sign and 19 digits
        writeWithUnsafeMutableBytes(minimumWritableBytes: longest) { target in
            if comma { target[0] = UInt8(ascii: ",") }
            let digits = UnsafeMutableRawBufferPointer(rebasing: target[(comma ? 1 : 0)..<longest])
            guard let start = digits.baseAddress else { return 0 }
            return (comma ? 1 : 0) + JSONDigits.write(value, to: start)
        }
    }

    mutating func writeJSON(raw bytes: UnsafeRawBufferPointer, comma: Bool) {
        let before = comma ? 1 : 0
        writeWithUnsafeMutableBytes(minimumWritableBytes: before + bytes.count) { target in
            if comma { target[0] = UInt8(ascii: ",") }
            UnsafeMutableRawBufferPointer(rebasing: target[before..<before + bytes.count]).copyMemory(from: bytes)
            return before + bytes.count
        }
    }
}
