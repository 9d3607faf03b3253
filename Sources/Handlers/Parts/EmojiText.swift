/// Puts emoji in the place of their short codes in a text (P39).
///
/// Left as they are: codes that are not in the table, in lower case as it has them; whatever stands in code, that is between
/// two runs of equally many backticks, up to 8; and links, from `www.`, `mailto:` or the colon of any `scheme://` up to white
/// space. For the sake of times, IPv6 addresses and names such as `std::on` also a code
/// - right behind a colon that is not the end of another code,
/// - between letters or digits on both sides, where a colon that opens no code counts as one on the right,
/// - of nothing but hexadecimal digits, next to a letter or digit on either side.
package struct EmojiText {
    /// Bounds the time too: each number of backticks is searched for in vain at most once.
    private static let maxBackticks = 8

    /// What stands before a place; `free` is whatever no code could be mistaken for a part of.
    private enum Neighbour { case free, word, colon }

    private let characters: JSONCharacters
    private let table: EmojiTable
    private var place: Int
    private var before = Neighbour.free
    private var result: [UInt8] = []
    /// How much of the text is in the result.
    private var copied = 0

    private init(_ characters: JSONCharacters, _ table: EmojiTable) {
        self.characters = characters
        self.table = table
        place = characters.start
    }

    /// The text with its emoji; nil, and nothing allocated, when there are none to put in.
    ///
    /// It is at most ``maxGrowth`` times as long, and takes time in proportion to its length. Everything but the codes is
    /// passed on byte by byte.
    /// - Parameter json: a valid JSON string with its quotes; so is what is returned.
    package static func replacingCodes(
        in json: UnsafeRawBufferPointer, table: EmojiTable = .shared
    ) -> [UInt8]? {
        let characters = JSONCharacters(json)
        // Most texts have none, and these looks are the quicker ones.
        guard characters.colonOrEscape(from: characters.start) < characters.end else { return nil }
        var text = EmojiText(characters, table)
        return text.hasKnownCode() ? text.replacingCodes() : nil
    }

    /// No emoji of Emoji.txt has more bytes than this many times those of its code, the colons included.
    package static let maxGrowth = 4

    private func hasKnownCode() -> Bool {
        var place = characters.colonOrEscape(from: place)
        while place < characters.end {
            let (byte, next) = characters.read(place)
            if byte == .colon && isKnownCode(at: next) { return true }
            place = characters.colonOrEscape(from: next)
        }
        return false
    }

    private mutating func replacingCodes() -> [UInt8]? {
        while place < characters.end {
            let (byte, next) = characters.read(place)
            switch byte {
            case .colon: takeColon(next)
            case .backtick: takeBackticks()
            case _ where startsLink(byte): skipLink()
            default: step(to: next, byte.isWord ? .word : .free)
            }
        }
        guard copied > 0 else { return nil }
        result.append(contentsOf: characters.text[copied...])
        return result
    }

    private mutating func step(to next: Int, _ neighbour: Neighbour) {
        place = next
        before = neighbour
    }
}

// Codes.
extension EmojiText {
    private mutating func takeColon(_ next: Int) {
        if before == .word && characters.endOf("//", at: next) != nil { return skipLink() }
        guard before != .colon, let (code, end) = code(at: next) else { return step(to: next, .colon) }
        if let emoji = table.emoji(for: code), isFree(code, until: end) {
            replace(until: end, emoji)
        } else if before == .free && characters.read(end).byte == .colon {
            step(to: end, .free)  // not known, or not free, but what follows its colon may be: ":unknown::smile:"
        } else {
            step(to: next, .colon)
        }
    }

    /// The code whose opening colon stands before a place, known or not, and the place behind its closing one.
    private func code(at start: Int) -> (code: ShortCode, end: Int)? {
        var code = ShortCode()
        var place = start
        while true {
            let (byte, next) = characters.read(place)
            if byte == .colon { return code.count > 0 ? (code, next) : nil }
            guard code.append(byte) else { return nil }
            place = next
        }
    }

    private func isKnownCode(at start: Int) -> Bool {
        code(at: start).map { table.emoji(for: $0.code) != nil } ?? false
    }

    private func isFree(_ code: ShortCode, until end: Int) -> Bool {
        let (byte, next) = characters.read(end)
        let isWordAfter = byte.isWord || byte == .colon && !isKnownCode(at: next)
        return code.isHexadecimal ? before == .free && !isWordAfter : before == .free || !isWordAfter
    }

    private mutating func replace(until end: Int, _ emoji: Range<Int>) {
        if copied == 0 { result.reserveCapacity(characters.text.count) }
        result.append(contentsOf: characters.text[copied..<place])
        result.append(contentsOf: table.bytes(emoji))
        copied = end
        step(to: end, .free)
    }
}

// Code and links.
extension EmojiText {
    /// `www.` before a name, or `mailto:`, at the beginning of a word.
    private func startsLink(_ byte: UInt8) -> Bool {
        guard before != .word else { return false }
        switch byte.lowercased {
        case UInt8(ascii: "w"):
            guard let end = characters.endOf("www.", at: place), end < characters.end else { return false }
            let first = characters.read(end).byte
            return first.isWord || first == JSONCharacters.other
        case UInt8(ascii: "m"): return characters.endOf("mailto:", at: place) != nil
        default: return false
        }
    }

    private mutating func skipLink() {
        var (byte, next) = characters.read(place)
        while place < characters.end && !byte.isWhiteSpace {
            place = next
            (byte, next) = characters.read(place)
        }
        before = .free
    }

    private mutating func takeBackticks() {
        let opening = backticks(at: place)
        step(to: endOfCode(from: opening.end, backticks: opening.count) ?? opening.end, .free)
    }

    private func backticks(at start: Int) -> (count: Int, end: Int) {
        var (count, place) = (0, start)
        while case (.backtick, let next) = characters.read(place) { (count, place) = (count + 1, next) }
        return (count, place)
    }

    /// Behind the next run of exactly so many backticks; nil when there is none.
    private func endOfCode(from start: Int, backticks count: Int) -> Int? {
        guard count <= Self.maxBackticks else { return nil }
        var place = start
        while place < characters.end {
            let run = backticks(at: place)
            if run.count == count { return run.end }
            place = run.count > 0 ? run.end : characters.read(place).next
        }
        return nil
    }
}

extension UInt8 {
    fileprivate var isWord: Bool { isLetter || isDigit }
}
