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
    /// - Parameter bytes: any number of bytes; they may end in the middle of a code point.
    /// - Returns: false when the text cannot be UTF-8 whatever follows; from then on it stays false.
    public mutating func validate(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var offset = 0
        while offset < bytes.count {
            if missing == 0 {
                offset = Self.skipCodePoints(in: bytes, from: Self.skipASCII(in: bytes, from: offset))
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
        case 0x00...0x7F: break
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

    /// The offset of the first byte that is not ASCII, or one less than sixteen before it or the end.
    private static func skipASCII(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var offset = start
        while offset &+ 16 <= bytes.count {
            let words =
                bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                | bytes.loadUnaligned(fromByteOffset: offset &+ 8, as: UInt64.self)
            guard words & 0x8080_8080_8080_8080 == 0 else { break }
            offset &+= 16
        }
        return offset
    }

    /// The offset behind the whole, valid code points from `start` on, as far as four bytes at once can be looked at.
    ///
    /// It stops at what it does not take, and the byte by byte way decides about that.
    private static func skipCodePoints(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var offset = start
        while offset &+ 4 <= bytes.count {
            let next = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            let size = codePointSize(next)
            guard size > 0 else { break }
            offset &+= size
        }
        return offset
    }

    /// Bytes of the code point at the start of four bytes, the first of them lowest; 0 when it is not valid, and 4 when
    /// all of them are ASCII.
    @inline(__always)
    private static func codePointSize(_ bytes: UInt32) -> Int {
        if bytes & 0x8080_8080 == 0 { return 4 }
        if bytes & 0x80 == 0 { return 1 }
        // 1110xxxx 10xxxxxx 10xxxxxx, not below U+0800 (all of 0x200F zero) and no surrogate (0x200D).
        if bytes & 0x00C0_C0F0 == 0x0080_80E0 { return bytes & 0x200F != 0 && bytes & 0x200F != 0x200D ? 3 : 0 }
        // 110xxxxx 10xxxxxx, not below U+0080.
        if bytes & 0xC0E0 == 0x80C0 { return bytes & 0x1E != 0 ? 2 : 0 }
        // 11110xxx and three more, not below U+10000 and not above U+10FFFF.
        guard bytes & 0xC0C0_C0F8 == 0x8080_80F0, bytes & 0x3007 != 0 else { return 0 }
        return bytes & 0x07 < 4 || bytes & 0x3007 == 0x0004 ? 4 : 0
    }
}
