/// What resumes a session (P46): 128 random bits.
struct ResumeToken: Hashable {
    private let high: UInt64
    private let low: UInt64

    init(_ random: inout any RandomNumberGenerator & Sendable) { (high, low) = (random.next(), random.next()) }

    /// - Returns: nil when the text is not 32 hexadecimal digits in lower case.
    init?(_ text: String) {
        let digits = Array(text.utf8)
        guard digits.count == 32 else { return nil }
        var (high, low): (UInt64, UInt64) = (0, 0)
        for digit in digits {
            guard let value = Self.digits.firstIndex(of: digit) else { return nil }
            high = high << 4 | low >> 60
            low = low << 4 | UInt64(value)
        }
        (self.high, self.low) = (high, low)
    }

    /// - Returns: nil when these are not 16 bytes.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        high = bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes[8...].reduce(0) { $0 << 8 | UInt64($1) }
    }

    var bytes: [UInt8] {
        [high, low].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * $0)) } }
    }

    /// As clients get it.
    var text: String {
        String(unsafeUninitializedCapacity: 32) { memory in
            for place in 0..<32 {
                let half = place < 16 ? high : low
                memory[place] = Self.digits[Int(half >> (60 - 4 * UInt64(place % 16)) & 15)]
            }
            return 32
        }
    }

    private static let digits = Array("0123456789abcdef".utf8)
}
