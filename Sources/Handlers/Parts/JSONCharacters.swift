/// A JSON string, character by character, its escapes decoded: what is recognized in it does not depend on how its sender
/// wrote it. Some JSON writers make `\/` of `/`, and `\u0060` of a backtick.
struct JSONCharacters {
    /// Stands for whatever is not ASCII, and for the end.
    static let other: UInt8 = 0x80

    let text: UnsafeRawBufferPointer
    /// Where the first character stands, behind the quote.
    let start = 1
    /// Where the closing quote stands.
    let end: Int

    /// - Parameter text: a valid JSON string with its quotes; must stay valid as long as this is in use.
    init(_ text: UnsafeRawBufferPointer) {
        self.text = text
        end = max(start, text.count - 1)
    }

    /// The character at a place and where the next begins. Of a character that is not ASCII each byte counts as one.
    func read(_ place: Int) -> (byte: UInt8, next: Int) {
        switch raw(place) {
        case .backslash: escape(place)
        case let byte: (min(byte, Self.other), min(place + 1, end))
        }
    }

    private func raw(_ place: Int) -> UInt8 { place < end ? text[place] : Self.other }

    private func escape(_ place: Int) -> (byte: UInt8, next: Int) {
        let short = min(place + 2, end)
        return switch raw(place + 1) {
        case UInt8(ascii: "b"): (0x08, short)
        case UInt8(ascii: "t"): (0x09, short)
        case UInt8(ascii: "n"): (0x0A, short)
        case UInt8(ascii: "f"): (0x0C, short)
        case UInt8(ascii: "r"): (0x0D, short)
        case UInt8(ascii: "u"): (unit(place + 2), min(place + 6, end))
        case let itself: (itself, short)
        }
    }

    /// What four hexadecimal digits stand for.
    private func unit(_ place: Int) -> UInt8 {
        guard raw(place) == UInt8(ascii: "0") && raw(place + 1) == UInt8(ascii: "0") else { return Self.other }
        return min(digit(place + 2) << 4 | digit(place + 3), Self.other)
    }

    private func digit(_ place: Int) -> UInt8 {
        let byte = raw(place)
        return byte.isDigit ? byte & 0xF : (byte & 0xF) + 9
    }

    /// Where a text ends that is expected at a place, in any case; nil when something else stands there.
    func endOf(_ expected: StaticString, at place: Int) -> Int? {
        expected.withUTF8Buffer { letters in
            var place = place
            for letter in letters {
                let (byte, next) = read(place)
                guard byte.lowercased == letter else { return nil }
                place = next
            }
            return place
        }
    }

    /// The first place from this one on where a colon could be, as itself or as an escape; the end when there is none.
    func colonOrEscape(from start: Int) -> Int {
        var place = start
        while place + 8 <= end {
            // Eight bytes at a time, all before the end.
            let word = UInt64(littleEndian: text.loadUnaligned(fromByteOffset: place, as: UInt64.self))
            let marks = Self.marks(of: .colon, in: word) | Self.marks(of: .backslash, in: word)
            if marks != 0 { return place + marks.trailingZeroBitCount / 8 }
            place += 8
        }
        while place < end && text[place] != .colon && text[place] != .backslash { place += 1 }
        return place
    }

    /// Marks the bytes that are this one. A borrow can mark bytes above a marked one wrongly, so only the lowest mark is to
    /// be trusted.
    private static func marks(of byte: UInt8, in word: UInt64) -> UInt64 {
        let lows: UInt64 = 0x0101_0101_0101_0101
        let difference = word ^ (lows &* UInt64(byte))
        return (difference &- lows) & ~difference & (lows << 7)
    }
}
