import Seeds

/// Changes a text in one to four places, as an attacker or a broken client would.
struct Damage {
    private var random: Seeded

    /// What the grammar treats specially, and bytes of no use to it.
    private static let alphabet: [UInt8] =
        Array(#"{}[]":,\/ubfnrt0123456789+-.eE'"#.utf8) + [
            0, 9, 10, 13, 0x1F, 0x20, 0x7F, 0x80, 0xC0, 0xC3, 0xED, 0xEF, 0xF4, 0xFF,
        ]

    init(seed: UInt64) { random = Seeded(seed ^ 0xDA_3A6E) }

    mutating func applied(to text: [UInt8]) -> [UInt8] {
        var text = text
        for _ in 0..<Int.random(in: 1...4, using: &random) where !text.isEmpty { damage(&text) }
        return text
    }

    private mutating func damage(_ text: inout [UInt8]) {
        let place = Int.random(in: 0..<text.count, using: &random)
        switch Int.random(in: 0..<7, using: &random) {
        case 0: text[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: text[place] = random.pick(Self.alphabet)
        case 2: text.insert(random.pick(Self.alphabet), at: place)
        case 3: text.remove(at: place)
        case 4: text.removeSubrange(place...)
        case 5: text.insert(contentsOf: text[place..<min(place + 6, text.count)], at: place)
        default: text.swapAt(place, Int.random(in: 0..<text.count, using: &random))
        }
    }
}
