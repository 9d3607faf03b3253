extension JSONPattern {
    /// Reads JSON, strictly; a reader of its own, so that no fault of the server's reader can hide behind it.
    /// - Parameter placeholders: whether `NOW`, `ANY`, `...` and so on may stand in it, as in scripts.
    /// - Throws: `ScriptFault` with the place of the first byte that does not belong there.
    init(_ text: String, placeholders: Bool) throws {
        var parser = PatternParser(bytes: Array(text.utf8), placeholders: placeholders)
        self = try parser.document()
    }
}

private struct PatternParser {
    let bytes: [UInt8]
    let placeholders: Bool
    var place = 0

    mutating func document() throws -> JSONPattern {
        let value = try value()
        skipSpaces()
        guard place == bytes.count else { throw fault("more after the value") }
        return value
    }

    private func fault(_ message: String) -> ScriptFault {
        let near = String(decoding: bytes[max(0, place - 20)..<min(bytes.count, place + 20)], as: UTF8.self)
        return ScriptFault("not JSON at byte \(place): \(message), near \(near.debugDescription)")
    }

    private mutating func skipSpaces() {
        while place < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[place]) { place += 1 }
    }

    private mutating func take(_ text: String) -> Bool {
        guard bytes[place...].starts(with: text.utf8) else { return false }
        place += text.utf8.count
        return true
    }

    private mutating func value() throws -> JSONPattern {
        skipSpaces()
        guard place < bytes.count else { throw fault("a value is missing") }
        switch bytes[place] {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: return try word()
        }
    }

    private mutating func word() throws -> JSONPattern {
        for literal in ["true", "false", "null"] where take(literal) { return .literal(literal) }
        guard placeholders else { throw fault("no such word") }
        if take("NOW") { return .now(offset: try offset()) }
        if take("LOCALTIME") { return .localTime }
        if take("TOKEN") { return .token }
        if take("INT") { return .integer }
        if take("TEXT") { return .text }
        if take("ANY") { return .any }
        throw fault("no such word")
    }

    private mutating func offset() throws -> Int {
        guard take("-") else { return 0 }
        guard let seconds = Int(String(decoding: takeDigits(), as: UTF8.self)) else {
            throw fault("seconds are missing")
        }
        return -seconds
    }

    private mutating func number() throws -> JSONPattern {
        let start = place
        _ = take("-")
        // Without a regular expression, which would be compiled for each number.
        let whole = takeDigits()
        guard whole.count == 1 || whole.first != UInt8(ascii: "0"), !whole.isEmpty else {
            throw fault("no such number")
        }
        if take("."), takeDigits().isEmpty { throw fault("no such number") }
        if take("e") || take("E") {
            _ = take("+") || take("-")
            if takeDigits().isEmpty { throw fault("no such number") }
        }
        let digits = String(decoding: bytes[start..<place], as: UTF8.self)
        return .number(digits)
    }

    private mutating func takeDigits() -> ArraySlice<UInt8> {
        let digits = bytes[place...].prefix { (0x30...0x39).contains($0) }
        place += digits.count
        return digits
    }

    /// The members between the brackets that are open now: each read by `member`, `...` only as the last.
    private mutating func list(until end: String, _ member: (inout Self) throws -> Void) throws -> Bool {
        place += 1
        skipSpaces()
        if take(end) { return false }
        while true {
            skipSpaces()
            if placeholders, take("...") {
                skipSpaces()
                guard take(end) else { throw fault("... stands at the end") }
                return true
            }
            try member(&self)
            skipSpaces()
            if take(end) { return false }
            guard take(",") else { throw fault("a comma is missing") }
        }
    }

    private mutating func object() throws -> JSONPattern {
        var members: [JSONPattern.Member] = []
        let isOpen = try list(until: "}") { parser in
            guard parser.place < parser.bytes.count, parser.bytes[parser.place] == UInt8(ascii: "\"") else {
                throw parser.fault("a key is missing")
            }
            let key = try parser.string()
            parser.skipSpaces()
            guard parser.take(":") else { throw parser.fault("a colon is missing") }
            members.append(.init(key: key, value: try parser.value()))
        }
        return .object(members, isOpen: isOpen)
    }

    private mutating func array() throws -> JSONPattern {
        var elements: [JSONPattern] = []
        let isOpen = try list(until: "]") { parser in elements.append(try parser.value()) }
        return .array(elements, isOpen: isOpen)
    }

    private mutating func string() throws -> String {
        place += 1
        var text: [UInt8] = []
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): text += try escape()
            case 0..<0x20: throw fault("a bare control character")
            default: text.append(byte)
            }
        }
        throw fault("a string is not closed")
    }

    private mutating func escape() throws -> [UInt8] {
        guard place < bytes.count else { throw fault("an escape is not finished") }
        let simple: [UInt8: UInt8] = [
            0x22: 0x22, 0x5C: 0x5C, 0x2F: 0x2F, 0x62: 8, 0x66: 12, 0x6E: 10, 0x72: 13, 0x74: 9,
        ]
        let letter = bytes[place]
        place += 1
        if let byte = simple[letter] { return [byte] }
        guard letter == UInt8(ascii: "u") else { throw fault("no such escape") }
        var unit = try codeUnit()
        if (0xD800..<0xDC00).contains(unit) {
            guard take("\\u") else { throw fault("a lone surrogate") }
            let low = try codeUnit()
            guard (0xDC00..<0xE000).contains(low) else { throw fault("a lone surrogate") }
            unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(unit) else { throw fault("a lone surrogate") }
        return Array(String(scalar).utf8)
    }

    private mutating func codeUnit() throws -> UInt32 {
        let digits = bytes[place...].prefix(4)
        guard digits.count == 4, let unit = UInt32(String(decoding: digits, as: UTF8.self), radix: 16) else {
            throw fault("an escape is not finished")
        }
        place += 4
        return unit
    }
}
