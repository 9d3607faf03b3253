extension Scanner {
    /// A string at whose opening quote the scanner stands (RFC 8259, section 7).
    mutating func string() throws(JSONFault) -> JSONValue {
        let first = position
        var escaped = false
        position &+= 1
        while true {
            skipPlainCharacters()
            switch byte {
            case UInt8(ascii: "\""):
                position &+= 1
                return JSONValue(.string, first..<position, hasEscapes: escaped)
            case UInt8(ascii: "\\"):
                escaped = true
                try escape()
            case 0..<0x20:
                throw unexpected(.controlCharacter)
            default:
                position &+= 1
            }
        }
    }

    /// Passes whole words of characters that stand for themselves; a few such may be left in front.
    @inline(__always)
    private mutating func skipPlainCharacters() {
        while let word {
            let special = ByteScan.special(in: word)
            guard special == 0 else { return position &+= special.trailingZeroBitCount / 8 }
            position &+= 8
        }
    }

    private mutating func escape() throws(JSONFault) {
        let first = position
        position &+= 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position &+= 1
        case UInt8(ascii: "u"):
            position &+= 1
            try unicodeEscape(from: first)
        default:
            throw unexpected(.badEscape)
        }
    }

    /// What follows `\u`; a high surrogate must be followed by the escape of a low one (section 8.2 lets a reader refuse others).
    private mutating func unicodeEscape(from first: Int) throws(JSONFault) {
        let unit = try hexadecimalUnit()
        guard unit & 0xF800 == 0xD800 else { return }
        let loneSurrogate = JSONFault(kind: .loneSurrogate, offset: first)
        guard unit < 0xDC00 else { throw loneSurrogate }
        for expected in "\\u".utf8 {
            guard byte == expected else { throw position < count ? loneSurrogate : unexpected() }
            position &+= 1
        }
        guard try hexadecimalUnit() & 0xFC00 == 0xDC00 else { throw loneSurrogate }
    }

    private mutating func hexadecimalUnit() throws(JSONFault) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = ASCII.hexadecimalDigit(byte) else { throw unexpected(.badEscape) }
            unit = unit &<< 4 | UInt16(digit)
            position &+= 1
        }
        return unit
    }

    /// A number, `true`, `false` or `null`.
    mutating func scalar() throws(JSONFault) -> JSONValue {
        let first = position
        switch byte {
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            try number()
            return JSONValue(.number, first..<position)
        case UInt8(ascii: "t"): return try literal("true", .true)
        case UInt8(ascii: "f"): return try literal("false", .false)
        case UInt8(ascii: "n"): return try literal("null", .null)
        default: throw unexpected()
        }
    }

    private mutating func literal(_ name: StaticString, _ kind: JSONKind) throws(JSONFault) -> JSONValue {
        let first = position
        for index in 0..<name.utf8CodeUnitCount {
            guard byte == name.utf8Start[index] else { throw unexpected() }
            position &+= 1
        }
        return JSONValue(kind, first..<position)
    }

    /// `-`? (0 | 1-9 digit*) (. digit+)? ([eE] [+-]? digit+)? (section 6).
    private mutating func number() throws(JSONFault) {
        if byte == UInt8(ascii: "-") { position &+= 1 }
        if byte == UInt8(ascii: "0") {
            position &+= 1
            if ASCII.isDigit(byte) { throw unexpected(.badNumber) }
        } else {
            try digits()
        }
        if byte == UInt8(ascii: ".") {
            position &+= 1
            try digits()
        }
        if byte | 0x20 == UInt8(ascii: "e") {
            position &+= 1
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { position &+= 1 }
            try digits()
        }
    }

    /// One digit or more.
    private mutating func digits() throws(JSONFault) {
        guard ASCII.isDigit(byte) else { throw unexpected(.badNumber) }
        repeat { position &+= 1 } while ASCII.isDigit(byte)
    }
}
