import Seeds

/// Valid JSON texts, as unlike each other as the grammar allows: white space anywhere, every way to write a string or a number.
struct RandomDocument {
    private var random: Seeded
    private var text: [UInt8] = []

    init(seed: UInt64) { random = Seeded(seed) }

    /// An object whose names differ from each other.
    mutating func object() -> [UInt8] {
        text = []
        white()
        writeObject(depth: 1)
        white()
        return text
    }

    private mutating func write(_ string: String) { text += string.utf8 }

    private mutating func white() {
        while random.chance(4) { write(random.pick([" ", "\n", "\r", "\t"])) }
    }

    private mutating func writeValue(depth: Int) {
        switch Int.random(in: 0..<(depth < 6 ? 8 : 6), using: &random) {
        case 0: write(random.pick(["true", "false", "null"]))
        case 1, 2: writeNumber()
        case 6: writeObject(depth: depth + 1)
        case 7: writeArray(depth: depth + 1)
        default: writeString(String((0..<Int.random(in: 0...20, using: &random)).map { _ in character() }))
        }
    }

    private mutating func writeObject(depth: Int) {
        write("{")
        white()
        for index in 0..<Int.random(in: 0...5, using: &random) {
            if index > 0 { writeComma() }
            writeString("\(index)" + String((0..<Int.random(in: 0...12, using: &random)).map { _ in character() }))
            white()
            write(":")
            white()
            writeValue(depth: depth)
            white()
        }
        write("}")
    }

    private mutating func writeArray(depth: Int) {
        write("[")
        white()
        for index in 0..<Int.random(in: 0...5, using: &random) {
            if index > 0 { writeComma() }
            writeValue(depth: depth)
            white()
        }
        write("]")
    }

    private mutating func writeComma() {
        write(",")
        white()
    }

    private mutating func digits(_ count: ClosedRange<Int>) -> String {
        String((0..<Int.random(in: count, using: &random)).map { _ in random.pick(Array("0123456789")) })
    }

    private mutating func writeNumber() {
        write(random.pick(["", "", "-"]))
        write(random.chance(3) ? "0" : random.pick(["1", "4", "9"]) + digits(0...12))
        if random.chance(3) { write("." + digits(1...4)) }
        if random.chance(4) { write(random.pick(["e", "E"]) + random.pick(["", "+", "-"]) + digits(1...2)) }
    }

    mutating func character() -> Character {
        switch Int.random(in: 0..<12, using: &random) {
        case 0: return random.pick(["\"", "\\", "/", "\u{8}", "\u{C}", "\n", "\r", "\t"])
        case 1: return Character(Unicode.Scalar(UInt8.random(in: 0..<0x20, using: &random)))
        case 2: return random.pick(["é", "\u{7F}", "\u{80}", "\u{7FF}", "\u{800}", "日", "\u{FFFF}", "\u{2028}"])
        case 3: return random.pick(["😀", "\u{10000}", "\u{10FFFF}", "👨‍👩‍👧‍👦", "e\u{301}"])
        default: return Character(Unicode.Scalar(UInt8.random(in: 0x20..<0x7F, using: &random)))
        }
    }

    private mutating func writeString(_ string: String) {
        write("\"")
        for scalar in string.unicodeScalars {
            let mustEscape = scalar.value < 0x20 || scalar == "\"" || scalar == "\\"
            if mustEscape || random.chance(8) { writeEscape(scalar) } else { write(String(scalar)) }
        }
        write("\"")
    }

    private mutating func writeEscape(_ scalar: Unicode.Scalar) {
        let short: [Unicode.Scalar: String] = [
            "\"": "\\\"", "\\": "\\\\", "/": "\\/", "\u{8}": "\\b", "\u{C}": "\\f", "\n": "\\n", "\r": "\\r",
            "\t": "\\t",
        ]
        if let escape = short[scalar], !random.chance(3) { return write(escape) }
        for unit in String(scalar).utf16 {
            let hexadecimal = String(unit, radix: 16, uppercase: random.chance(2))
            write("\\u" + String(repeating: "0", count: 4 - hexadecimal.count) + hexadecimal)
        }
    }
}
