/// The bytes of `81 05 "hello\r\n"`: pairs of hex digits, and quoted text with the escapes `\r \n \t \\ \" \xNN`.
/// - Throws: `ScriptFault` for anything else.
func conversationBytes(_ text: String) throws -> [UInt8] {
    var reader = ByteReader(rest: Array(text.utf8)[...])
    return try reader.all()
}

private struct ByteReader {
    var rest: ArraySlice<UInt8>

    mutating func all() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let next = rest.popFirst() {
            switch next {
            case UInt8(ascii: " "): continue
            case UInt8(ascii: "\""): bytes += try quoted()
            default: bytes.append(try hex(next, rest.popFirst()))
            }
        }
        return bytes
    }

    private mutating func quoted() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let next = rest.popFirst() {
            switch next {
            case UInt8(ascii: "\""): return bytes
            case UInt8(ascii: "\\"): bytes.append(try escaped())
            default: bytes.append(next)
            }
        }
        throw ScriptFault("a quote is not closed")
    }

    private mutating func escaped() throws -> UInt8 {
        switch rest.popFirst() {
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "x"): return try hex(rest.popFirst(), rest.popFirst())
        case .some(let other): return other
        case nil: throw ScriptFault("an escape is not finished")
        }
    }

    private func hex(_ high: UInt8?, _ low: UInt8?) throws -> UInt8 {
        guard let high, let low,
            let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16)
        else { throw ScriptFault("bytes are pairs of hex digits, or quoted text") }
        return value
    }
}

/// `Name: value` of a header.
func headerField(_ text: String) throws -> (name: String, value: String) {
    guard let colon = text.firstIndex(of: ":") else { throw ScriptFault("a header is written Name: value") }
    return (String(text[..<colon]), String(text[text.index(after: colon)...].drop { $0 == " " }))
}
