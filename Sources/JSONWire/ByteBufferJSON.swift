import NIOCore

extension ByteBuffer {
    /// Writes a string in quotes, escaping exactly `"`, `\` and U+0000 to U+001F (RFC 8259, section 7).
    public mutating func writeJSONString(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            let source = UnsafeRawBufferPointer(utf8)
            let length = JSONText.encodedLength(source)
            writeWithUnsafeMutableBytes(minimumWritableBytes: length) { target in
                JSONText.encode(source, length: length, to: target)
                return length
            }
        }
    }

    /// Writes an integer in decimal.
    public mutating func writeJSONInteger(_ value: Int64) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: JSONDigits.longest) { target in
            target.baseAddress.map { JSONDigits.write(value, to: $0) } ?? 0
        }
    }

    /// Writes the shortest decimal text that reads back as the same double; an integral one without `.0`.
    /// - Parameter value: finite, as JSON has no other numbers; anything else traps in debug, and is `null` in release.
    public mutating func writeJSONDouble(_ value: Double) {
        writeString(JSONDigits.text(value))
    }
}
