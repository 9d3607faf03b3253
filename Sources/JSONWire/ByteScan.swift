/// Eight bytes at a time.
enum ByteScan {
    private static let lows: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// Marks the bytes that cannot stand for themselves in a string: below 0x20, `"` and `\` (RFC 8259, section 7).
    ///
    /// A borrow can mark bytes above a marked one wrongly, so only "none" and the lowest mark are to be trusted.
    /// - Parameter word: eight bytes of text, the first of them lowest.
    @inline(__always)
    static func special(in word: UInt64) -> UInt64 {
        let quote = word ^ (lows &* 0x22)
        let backslash = word ^ (lows &* 0x5C)
        let control = (word &- (lows &* 0x20)) & ~word
        return (control | ((quote &- lows) & ~quote) | ((backslash &- lows) & ~backslash)) & highs
    }

    /// Whether any byte cannot stand for itself in a string.
    @inline(__always)
    static func hasSpecial(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let edges = Edges(bytes)
        var marks = special(in: edges.first) | special(in: edges.last)
        // The edges are 16 bytes; what lies between them is read in whole words, each within the count.
        var position = 8
        while bytes.count &- position > 8 {
            marks |= special(in: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            position &+= 8
        }
        return marks != 0
    }

    @inline(__always)
    static func equal(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        guard left.count == right.count, Edges(left) == Edges(right) else { return false }
        // As in hasSpecial, with the same count on both sides.
        var position = 8
        while left.count &- position > 8 {
            let word = left.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            guard word == right.loadUnaligned(fromByteOffset: position, as: UInt64.self) else { return false }
            position &+= 8
        }
        return true
    }

    /// The first and the last eight bytes of a text. They overlap when it is shorter than 16 bytes, and repeat bytes when it is
    /// shorter than 4; texts of one length up to ``complete`` are equal when their edges are.
    struct Edges: Equatable {
        /// Texts up to this length are all edge.
        static let complete = 16

        let first: UInt64
        let last: UInt64

        /// One of 64 bits, the same for the same edges and seldom for others.
        var bit: UInt64 { 1 &<< (((first ^ last &<< 1) &* 0x9E37_79B9_7F4A_7C15) &>> 58) }

        /// Every load lies within the text: of `size` bytes at 0 and at `count - size`, where `count >= size`.
        @inline(__always)
        init(_ text: UnsafeRawBufferPointer) {
            let count = text.count
            if count >= 8 {
                first = text.loadUnaligned(fromByteOffset: 0, as: UInt64.self)
                last = text.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
                return
            }
            if count >= 4 {
                let start = text.loadUnaligned(fromByteOffset: 0, as: UInt32.self)
                let end = text.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
                first = UInt64(start) | UInt64(end) &<< 32
            } else {
                // Three bytes, of which shorter texts have the same one twice.
                first =
                    count == 0
                    ? 0
                    : UInt64(text[0]) | UInt64(text[count &>> 1]) &<< 8 | UInt64(text[count &- 1]) &<< 16
            }
            last = first
        }
    }
}

extension StaticString {
    /// Whether two literals say the same, without making strings of them.
    package func equals(_ other: StaticString) -> Bool {
        withUTF8Buffer { own in
            other.withUTF8Buffer { ByteScan.equal(UnsafeRawBufferPointer(own), UnsafeRawBufferPointer($0)) }
        }
    }
}
