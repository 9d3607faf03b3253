import Seeds

/// Values of fields, as JSON text: right ones of each kind, and those that somebody sends who means harm.
struct FieldValues {
    var random: Seeded
    var rooms: [String] = []
    /// The ids of those who are online.
    var users: [Int64] = []

    mutating func right(_ field: Field, text: String? = nil) -> String? {
        switch field {
        case .string: return Self.quoted(text ?? string())
        case .integer: return String(integer())
        case .number: return random.chance(2) ? String(integer()) : "\(integer()).5"
        case .bool: return random.chance(2) ? "true" : "false"
        case .id:
            let id = random.chance(5) ? 999_999 : users.randomElement(using: &random) ?? 1
            return random.chance(4) ? "\"\(id)\"" : String(id)
        case .list: return random.pick(["[]", #"["a","b"]"#, "[1,2,3]"])
        case .object: return random.pick(["{}", #"{"a":1}"#, #"{"name":"a","value":[1]}"#])
        case .optional(let field): return random.chance(2) ? right(field, text: text) : nil
        }
    }

    mutating func string() -> String {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: return random.pick(rooms + ["general", "no such room", "a b"])
        case 1: return random.pick(["https://example.org/a.png", "http://[::1]:80/?q#f", "ftp://example.org"])
        case 2: return random.pick([":smile: :+1: :no_such_code:", "`:smile:`", "😀 Zoë 👩‍👩‍👧"])
        case 3: return String(repeating: "ab ", count: Int.random(in: 1...60, using: &random))
        case 4: return String(integer())
        default: return random.pick(["hi", "Ada", "on", "heads", "x", "2026-01-02"])
        }
    }

    private mutating func integer() -> Int {
        random.chance(3) ? Int.random(in: -3...1_000, using: &random) : Int.random(in: 0...20, using: &random)
    }

    /// Whatever JSON there is, most of it not what any field holds.
    mutating func hostile() -> String {
        switch Int.random(in: 0..<5, using: &random) {
        case 0: return random.pick(["null", "true", "false", "[]", "{}", #""""#, #"" ""#, "[null]", #"{"":null}"#])
        case 1: return random.pick(Self.numbers)
        case 2: return random.pick(Self.strings)
        case 3: return nested(depth: Int.random(in: 1...60, using: &random))
        default: return Self.quoted(long())
        }
    }

    static let numbers = [
        "0", "-0", "-1", "1.5", "1e400", "-1e-400", "9007199254740992", "9007199254740993", "9223372036854775807",
        "-9223372036854775808", "18446744073709551616", "123456789012345678901234567890", "0.1e1", "100000000",
    ]

    private static let strings = [
        #""\u0000""#, #""\u0001\u001f\u007f""#, #""\u202e\u2066gnitset\u2069""#, #""\n\r\t""#, #""\ufeff""#,
        #""\ud83d\ude00""#, #""<script>alert(1)</script>""#, #""System""#, #""\"}]""#, #""%s%n${x}{{x}}""#,
        #""../../etc/passwd""#, #""'; DROP TABLE users; --""#, #""null""#, #""-1""#, #""1e9""#, #""\u2028\u2029""#,
        "\"\u{200B}\u{200D}\"", "\"\u{FFFE}\u{10FFFF}\"",
    ]

    private mutating func nested(depth: Int) -> String {
        random.chance(2)
            ? String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
            : String(repeating: #"{"a":"#, count: depth) + "1" + String(repeating: "}", count: depth)
    }

    /// Most of a message's 10,240 bytes, now and then.
    private mutating func long() -> String {
        let length = random.chance(8) ? 9_000 : Int.random(in: 20...600, using: &random)
        let unit = random.pick(["x", "e\u{301}", "👩‍👩‍👧", ":a:", "\u{202E}a", "\\"])
        return String(repeating: unit, count: max(1, length / (unit.utf8.count + (unit == "\\" ? 1 : 0))))
    }

    static func quoted(_ text: String) -> String { String(decoding: JSONText.encode(text), as: UTF8.self) }
}
