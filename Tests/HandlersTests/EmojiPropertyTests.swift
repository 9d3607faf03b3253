import Handlers
import TestSupport
import Testing

@Suite("P39: emoji in random texts")
struct EmojiPropertyTests {
    private typealias Piece = EmojiReference.Piece

    private let reference: EmojiReference
    private let known: [String]

    init() throws {
        reference = EmojiReference(codes: try EmojiFile.codes())
        known = reference.codes.keys.sorted()
    }

    private func text(_ seeded: inout Seeded) -> [Piece] {
        let pieces = (0..<Int.random(in: 0...12, using: &seeded)).flatMap { _ in part(&seeded).unicodeScalars }
        return pieces.map { scalar in seeded.chance(12) ? escaped(scalar, &seeded) : plain(scalar) }
    }

    private func part(_ seeded: inout Seeded) -> String {
        switch Int.random(in: 0..<10, using: &seeded) {
        case 0...2: ":\(seeded.pick(known)):"
        case 3: ":\(seeded.pick(["a", "b", "100", "on", "x", "nosuch", "", "A", "smile", "aaaa_\(known[0])"]))"
        case 4: seeded.pick(["https://", "www.", "mailto:", "http:", "//", "ws://x", "WWW.é"])
        case 5: seeded.pick(["`", "``", "```", "````````", "`````````"])
        case 6: seeded.pick([" ", "\n", "\t", "  ", "\u{3000}"])
        case 7: seeded.pick([":", "::", "a", "Z", "5", "_", "+", "-", ".", "/", "\\", "\"", "\u{0}"])
        case 8: seeded.pick(["é", "e\u{301}", "小", "😀", "👩‍🚀", "\u{10FFFF}", "\u{80}"])
        default: seeded.pick(["fe80::", "std::on", "10:30:45", "a:b:c", "hello", "w", "m"])
        }
    }

    private func plain(_ scalar: Unicode.Scalar) -> Piece {
        switch scalar {
        case "\"", "\\": Piece("\\\(scalar)", scalar)
        case "\n": Piece("\\n", scalar)
        case "\t": Piece("\\t", scalar)
        case "\u{0}": Piece("\\u0000", scalar)
        default: Piece(scalar)
        }
    }

    private func escaped(_ scalar: Unicode.Scalar, _ seeded: inout Seeded) -> Piece {
        if scalar == "/" { return Piece("\\/", scalar) }
        let units = String(Character(scalar)).utf16.map { unit in
            let digits = String(unit, radix: 16, uppercase: seeded.chance(2))
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
        return Piece(units.joined(), scalar)
    }

    @Test("as the rules say, byte for byte, and once is enough")
    func sameAsReference() {
        var seeded = Seeded(39)
        var changed = 0
        for _ in 0..<20_000 {
            let pieces = text(&seeded)
            let raw = pieces.map(\.raw).joined()
            let expected = reference.replaced(pieces)
            let result = replaced(raw)
            if result != nil { changed += 1 }
            #expect(Array((result ?? raw).utf8) == Array(expected.utf8), "\(raw.debugDescription)")
            #expect((result == nil) == (Array(raw.utf8) == Array(expected.utf8)), "\(raw.debugDescription)")
            #expect(result.flatMap(replaced) == nil, "\(raw.debugDescription)")
            #expect((result ?? "").utf8.count <= EmojiText.maxGrowth * raw.utf8.count)
        }
        #expect(changed > 5_000)
    }

    @Test("times, ratios and IPv6 addresses stay")
    func addresses() {
        var seeded = Seeded(40)
        let groups = ["a", "b", "ab", "cd", "de", "100", "1234", "0", "fe80", "2001", "bee", "bed", "1"]
        for _ in 0..<20_000 {
            let count = Int.random(in: 2...8, using: &seeded)
            var address = (0..<count).map { _ in seeded.pick(groups) }.joined(separator: ":")
            if seeded.chance(3) { address = "::" + address }
            if seeded.chance(3) { address += "::" }
            if seeded.chance(3) { address = address.replacing(":", with: "::", maxReplacements: 1) }
            #expect(replaced(address) == nil, "\(address)")
            #expect(replaced("ping \(address), then") == nil, "\(address)")
        }
    }
}
