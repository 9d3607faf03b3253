import Names
import Seeds
import Testing

@Suite("P26: what a person sees of a name")
struct ShownNameTests {
    @Test(
        "without the white space around it and without what shows nothing",
        arguments: [
            ("Ada", "Ada"), (" Ada ", "Ada"), ("\u{3000}Ada\u{A0}\n", "Ada"), ("A\u{200B}da", "Ada"),
            ("\u{FEFF}Ada\u{200D}", "Ada"), ("Ada Lovelace", "Ada Lovelace"), ("\u{200B} Ada \u{AD}", "Ada"),
            ("A\u{2800}da", "Ada"), ("A\u{E0041}da", "Ada"), ("Jose\u{301}", "Jose\u{301}"), ("", ""),
            (" \u{200B} ", ""),
            ("小 明", "小 明"), ("👍🏽", "👍🏽"),
        ])
    func shown(name: String, expected: String) {
        #expect(Array(shownName(name).unicodeScalars) == Array(expected.unicodeScalars))
    }

    @Test("what is shown of what is shown is the same")
    func twice() {
        var seeded = Seeded(27)
        let pieces = [
            "a", "É", "\u{301}", " ", "\u{200B}", "\u{200D}", "\u{3000}", "\u{AD}", "小", "👍", "\u{FE0F}", "\n",
        ]
        for _ in 0..<5_000 {
            let name = (0..<Int.random(in: 0...8, using: &seeded)).map { _ in seeded.pick(pieces) }.joined()
            let once = shownName(name)
            #expect(Array(shownName(once).unicodeScalars) == Array(once.unicodeScalars), "\(name.debugDescription)")
        }
    }
}
