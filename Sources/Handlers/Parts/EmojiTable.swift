/// The short codes of Emoji.txt and the emoji that they stand for; found without allocating.
package struct EmojiTable: Sendable {
    /// What the build has put into the program from Emoji.txt.
    package static let shared = EmojiTable(PackageResources.Emoji_txt)

    /// Lines of a code, a tab and an emoji, and comment lines.
    private let text: [UInt8]
    /// A hash table with open addressing: where the line of a code begins in the text. 0, the place of a comment, is none.
    private var lines: [Int32]

    /// - Parameter text: below 2^31 bytes, beginning with a comment, each line ended by a line feed.
    package init(_ text: [UInt8]) {
        self.text = text
        // A power of two, so that a hash becomes a place by a mask; at most half full, so that searches are short.
        let count = text.count { $0 == .lineFeed } + 1
        lines = Array(repeating: 0, count: 2 << (Int.bitWidth - count.leadingZeroBitCount))
        var start = 0
        while let end = text[start...].firstIndex(of: .lineFeed) {
            if text[start] != .numberSign { insert(lineAt: start) }
            start = end + 1
        }
    }

    private mutating func insert(lineAt start: Int) {
        var code = ShortCode()
        for byte in text[start...].prefix(while: { $0 != .tab }) { code.append(byte) }
        lines[place(of: code)] = Int32(start)
    }

    /// Where the code stands in the hash table, or where it would.
    private func place(of code: ShortCode) -> Int {
        var place = Int(truncatingIfNeeded: code.hash) & (lines.count - 1)
        while lines[place] != 0 && !isLine(at: Int(lines[place]), of: code) { place = (place + 1) & (lines.count - 1) }
        return place
    }

    private func isLine(at start: Int, of code: ShortCode) -> Bool {
        // Before the end of the text comes a tab, which is no part of any code.
        for index in 0..<code.count where text[start + index] != code.bytes[index] { return false }
        return text[start + code.count] == .tab
    }

    /// Where the emoji of a code stands in ``bytes``; nil when there is no such code.
    func emoji(for code: ShortCode) -> Range<Int>? {
        let line = Int(lines[place(of: code)])
        guard line != 0 else { return nil }
        let start = line + code.count + 1
        var end = start
        while text[end] != .lineFeed { end += 1 }
        return start..<end
    }

    /// An emoji in UTF-8.
    func bytes(_ emoji: Range<Int>) -> ArraySlice<UInt8> { text[emoji] }
}

/// What stands between two colons, as far as it can be a code: `a` to `z`, digits, `_`, `+` and `-`, at most ``maxCount``.
struct ShortCode {
    /// As long as the longest code of Emoji.txt.
    static let maxCount = 40

    private(set) var bytes = InlineArray<40, UInt8>(repeating: 0)
    private(set) var count = 0
    /// FNV-1a, 32 bits.
    private(set) var hash: UInt32 = 0x811C_9DC5
    /// Whether it could be a part of an IPv6 address, a time or a ratio.
    private(set) var isHexadecimal = true

    /// False, and nothing happens, when the byte cannot belong to a code or the code would become too long.
    @discardableResult
    mutating func append(_ byte: UInt8) -> Bool {
        guard Self.isPart(byte) && count < Self.maxCount else { return false }
        bytes[count] = byte
        count += 1
        hash = (hash ^ UInt32(byte)) &* 0x0100_0193
        isHexadecimal = isHexadecimal && (byte.isDigit || (0x61...0x66).contains(byte))
        return true
    }

    private static func isPart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "-"): true
        default: byte.isDigit
        }
    }
}
