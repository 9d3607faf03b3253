/// Checks UTF-8 that arrives in pieces, and fails at the first byte that no valid text could have there.
///
/// Strict as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
public struct UTF8Validator: Sendable {
    /// Bytes that the code point under way still lacks.
    private var missing: UInt8 = 0
    /// What the next of them may be. After a fault the range is empty, so that nothing passes any more.
    private var low: UInt8 = 0x80
    private var high: UInt8 = 0xBF

    public init() {}

    /// Whether the text may end here, that is, not in the middle of a code point.
    public var isComplete: Bool { missing == 0 }

    /// Checks the next bytes of the text.
    ///
    /// - Returns: false when the text cannot be UTF-8 whatever follows; from then on it stays false.
    public mutating func validate(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var offset = 0
        while offset < bytes.count {
            if missing == 0 {
                offset = Self.firstNonASCII(in: bytes, from: offset)
                guard offset < bytes.count else { break }
                begin(bytes[offset])
            } else {
                take(bytes[offset])
            }
            offset &+= 1
        }
        return low <= high
    }

    private mutating func begin(_ lead: UInt8) {
        switch lead {
        case 0xC2...0xDF: expect(1)
        case 0xE0: expect(2, from: 0xA0)
        case 0xED: expect(2, to: 0x9F)
        case 0xE1...0xEF: expect(2)
        case 0xF0: expect(3, from: 0x90)
        case 0xF1...0xF3: expect(3)
        case 0xF4: expect(3, to: 0x8F)
        default: fail()
        }
    }

    private mutating func take(_ byte: UInt8) {
        guard low <= byte, byte <= high else { return fail() }
        expect(missing &- 1)
    }

    private mutating func expect(_ count: UInt8, from low: UInt8 = 0x80, to high: UInt8 = 0xBF) {
        missing = count
        self.low = low
        self.high = high
    }

    private mutating func fail() {
        expect(.max, from: 1, to: 0)
    }

    /// The offset of the first byte with its high bit set, or the end: sixteen bytes at a time while they are ASCII.
    private static func firstNonASCII(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var offset = start
        while offset &+ 16 <= bytes.count {
            let words =
                bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                | bytes.loadUnaligned(fromByteOffset: offset &+ 8, as: UInt64.self)
            guard words & 0x8080_8080_8080_8080 == 0 else { break }
            offset &+= 16
        }
        while offset < bytes.count, bytes[offset] < 0x80 { offset &+= 1 }
        return offset
    }
}
