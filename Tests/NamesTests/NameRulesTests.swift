import Names
import Seeds
import Testing

@Suite("P4, P19, P26: what a name may be")
struct NameRulesTests {
    static let allowed = [
        "A", "Ada", "Ada Lovelace", "12345678901234567890", "José", "Jose\u{301}", "Ольга", "小明", "한국어", "ไทย",
        "عمر", "שרה", "नमस्ते", "👨‍👩‍👧‍👦", "👍🏽", "🇫🇷", "e\u{301}\u{302}\u{303}", "O'Neil", "a\"b", "back\\slash",
        "&amp;", "-", "_", "null", "0", "Systema", "My System", "Sуstem", "a\u{200D}b", "a\u{200B}b", "l\u{200F}r",
        "x\u{FEFF}y", "x\u{FE0F}", "★", "½", "١٢٣", "\u{AD}soft", " a ", String(repeating: "👨‍👩‍👧‍👦", count: 20),
    ]

    static let refused = [
        "", " ", "123456789012345678901", "System", "system", "SYSTEM", "sYsTeM", "Sys\u{200B}tem", "\u{FEFF}System",
        "Sys\u{AD}tem", "System\u{200D}", "System ", " system", "\u{3000}System\u{A0}", "a<b", "a>b", "<b>", "<", ">",
        "a\u{0}b", "\u{0}", "a\nb", "a\tb", "\r", "\r\n", "\u{7F}", "a\u{85}b", "\u{1B}[31m", "a\u{2028}b",
        "a\u{2029}b", "\u{202E}abc", "a\u{202A}b", "a\u{202B}b", "a\u{202C}b", "a\u{202D}b", "a\u{2066}b",
        "a\u{2067}b", "a\u{2068}b", "a\u{2069}b", "\u{200B}", "\u{200D}\u{200D}", "\u{FEFF}", "\u{AD}",
        "\u{2060}\u{2063}", "\u{3000}", "\u{A0}\u{200B}", "\u{2800}", "\u{3164}", "\u{115F}", "\u{1160}", "\u{FFA0}",
        "\u{180E}", "\u{E0020}\u{E007F}", "\u{FE0F}", "\u{1D159}", "\u{16FE4}", "\u{378}",
        String(repeating: "👨‍👩‍👧‍👦", count: 21), "a" + String(repeating: "\u{301}", count: 5_000),
    ]

    @Test("allowed", arguments: allowed)
    func isAllowed(name: String) { #expect(NameRules().allow(name)) }

    @Test("refused", arguments: refused)
    func isRefused(name: String) { #expect(!NameRules().allow(name)) }

    @Test("a name may have 512 bytes, and not one more")
    func bytes() {
        let most = "a" + String(repeating: "\u{301}", count: 255) + "b"
        #expect(most.utf8.count == 512 && most.count == 2)
        #expect(NameRules().allow(most))
        #expect(!NameRules().allow(most + "\u{301}"))
        #expect(NameRules(maxLength: 512).allow(String(repeating: "x", count: 512)))
        #expect(!NameRules(maxLength: 513).allow(String(repeating: "x", count: 513)))
    }

    @Test("the longest name is counted in characters as a person counts them", arguments: 1...20)
    func length(most: Int) {
        for character in ["x", "é", "e\u{301}", "小", "👨‍👩‍👧‍👦", "🇫🇷"] {
            let rules = NameRules(maxLength: most)
            #expect(rules.allow(String(repeating: character, count: most)))
            #expect(!rules.allow(String(repeating: character, count: most + 1)))
        }
    }

    @Test("what is forbidden besides is a choice, code point by code point")
    func forbidden() {
        let rules = NameRules(forbidden: "xé")
        for name in ["<a>", "e", "e\u{301}", "X"] { #expect(rules.allow(name), "\(name)") }
        for name in ["x", "axb", "é", "aé"] { #expect(!rules.allow(name), "\(name)") }
        #expect(NameRules(forbidden: "").allow("<>"))
    }

    @Test("no character in the whole of Unicode that is a control, a line end or a turn of direction gets in")
    func everyScalar() {
        let rules = NameRules()
        for scalar in (UInt32(0)...0x10FFFF).lazy.compactMap(Unicode.Scalar.init) {
            let isRefused: Bool
            switch scalar.value {
            case 0x00...0x1F, 0x7F...0x9F, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069: isRefused = true
            case 0x3C, 0x3E: isRefused = true
            default: isRefused = false
            }
            let name = "a" + String(Character(scalar)) + "b"
            if rules.allow(name) == isRefused { Issue.record("U+\(String(scalar.value, radix: 16))") }
        }
    }

    @Test("nothing that is not seen, put anywhere, makes System a name")
    func system() {
        let unseen: [Unicode.Scalar] = [
            "\u{200B}", "\u{200C}", "\u{200D}", "\u{FEFF}", "\u{AD}", "\u{2060}", "\u{FE0F}", "\u{E0041}", "\u{3164}",
            "\u{200E}", "\u{2800}",
        ]
        var seeded = Seeded(26)
        for _ in 0..<2_000 {
            var name = "System".unicodeScalars.flatMap { letter in
                let letter = seeded.chance(2) ? letter.properties.uppercaseMapping : letter.properties.lowercaseMapping
                return Array(letter.unicodeScalars)
            }
            for _ in 0..<Int.random(in: 0...4, using: &seeded) {
                name.insert(seeded.pick(unseen), at: Int.random(in: 0...name.count, using: &seeded))
            }
            let text = String(String.UnicodeScalarView(name))
            #expect(!NameRules(maxLength: 100).allow(text), "\(name)")
        }
    }
}
