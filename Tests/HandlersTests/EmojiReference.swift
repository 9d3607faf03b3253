import Foundation
import Handlers

/// Emoji.txt as the repository has it.
enum EmojiFile {
    static func text() throws -> [String] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = try String(contentsOf: root.appending(path: "Sources/Handlers/Parts/Emoji.txt"), encoding: .utf8)
        return file.split(separator: "\n").map(String.init)
    }

    static func codes() throws -> [String: String] {
        let pairs = try text().filter { !$0.hasPrefix("#") }.map { line in
            let parts = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            return (parts[0], parts[1])
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }
}

/// A text with its emoji, given and returned without the quotes of JSON, escapes as they are; nil when nothing changes.
func replaced(_ text: String) -> String? {
    let result = Array("\"\(text)\"".utf8).withUnsafeBytes { EmojiText.replacingCodes(in: $0) }
    return result.flatMap { String(validating: $0.dropFirst().dropLast(), as: UTF8.self) }
}

/// The same by the rules as they are written down, for comparison: slow, on whole characters, with a dictionary.
struct EmojiReference {
    /// A character as JSON has it, and what it says.
    struct Piece {
        let raw: String
        let says: Unicode.Scalar
        init(_ raw: String, _ says: Unicode.Scalar) { (self.raw, self.says) = (raw, says) }
        init(_ scalar: Unicode.Scalar) { self.init(String(Character(scalar)), scalar) }
    }

    let codes: [String: String]

    func replaced(_ pieces: [Piece]) -> String {
        let text = pieces.map(\.says)
        var result = ""
        var (index, freed) = (0, -1)
        while index < text.count {
            if let end = endOfCode(text, index) ?? endOfLink(text, index) {
                result += pieces[index..<end].map(\.raw).joined()
                index = end
            } else if let end = self.end(of: text, index), let code = take(text, index, end, freed) {
                result += code.emoji ?? pieces[index..<end].map(\.raw).joined()
                (index, freed) = (end, end)
            } else {
                // A run of backticks that closes nowhere is passed as a whole.
                repeat {
                    result += pieces[index].raw
                    index += 1
                } while text[index - 1] == "`" && index < text.count && text[index] == "`"
            }
        }
        return result
    }

    private func name(_ text: [Unicode.Scalar], _ start: Int, _ end: Int) -> String {
        String(String.UnicodeScalarView(text[start + 1..<end - 1]))
    }

    /// Behind a well-formed code that begins here.
    private func end(of text: [Unicode.Scalar], _ start: Int) -> Int? {
        guard text[start] == ":", let end = text[(start + 1)...].firstIndex(of: ":"), (1...40).contains(end - start - 1)
        else { return nil }
        let isCode = text[start + 1..<end].allSatisfy {
            "abcdefghijklmnopqrstuvwxyz0123456789_+-".unicodeScalars.contains($0)
        }
        return isCode ? end + 1 : nil
    }

    /// A code taken whole: as its emoji, or as it is when it is right before the next one.
    private func take(_ text: [Unicode.Scalar], _ start: Int, _ end: Int, _ freed: Int) -> (emoji: String?, Void)? {
        let name = name(text, start, end)
        let left = start > 0 && start != freed ? text[start - 1] : " "
        let right = end < text.count ? text[end] : " "
        guard left != ":" else { return nil }
        let opens = right == ":" && self.end(of: text, end).map { codes[self.name(text, end, $0)] != nil } == true
        let (word, wordAfter) = (isWord(left), isWord(right) || right == ":" && !opens)
        let isBound = name.allSatisfy(\.isHexDigit) ? word || wordAfter : word && wordAfter
        if let emoji = codes[name], !isBound { return (emoji, ()) }
        return !word && right == ":" ? (nil, ()) : nil
    }

    private func isWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
    }

    /// Behind code that begins here: a run of 1 to 8 backticks up to the next run of as many.
    private func endOfCode(_ text: [Unicode.Scalar], _ start: Int) -> Int? {
        guard text[start] == "`" else { return nil }
        let count = text[start...].prefix { $0 == "`" }.count
        var index = start + count
        while count <= 8 && index < text.count {
            let run = text[index...].prefix { $0 == "`" }.count
            if run == count { return index + run }
            index += max(run, 1)
        }
        return nil
    }

    /// Behind a link that begins here.
    private func endOfLink(_ text: [Unicode.Scalar], _ start: Int) -> Int? {
        func begins(_ link: String) -> Bool {
            text[start...].prefix(link.count).map(\.properties.lowercaseMapping).joined() == link
        }
        let afterWord = start > 0 && isWord(text[start - 1])
        let next = start + 4 < text.count ? text[start + 4] : " "
        guard
            begins("://") && afterWord || begins("mailto:") && !afterWord
                || begins("www.") && !afterWord && (isWord(next) || !next.isASCII)
        else { return nil }
        return text[start...].firstIndex { $0 == " " || (0x09...0x0D).contains($0.value) } ?? text.count
    }
}
