/// A line of a file with a stretch of it underlined, safe to print on a terminal.
struct SourceExcerpt {
    private let text: String
    private let underline: String

    /// Longest stretch of a line that is shown, in Unicode scalars.
    private static let width = 120

    init(_ line: String, column: Int, length: Int) {
        let scalars = Array(line.unicodeScalars)
        let start = min(max(column - 1, 0), scalars.count)
        let end = min(start + max(length, 1), scalars.count)
        // A line too long for the screen is cut around the fault.
        let first = scalars.count > Self.width ? max(0, start - Self.width / 3) : 0
        let last = min(scalars.count, first + Self.width)
        let lead = (first > 0 ? "…" : "") + printable(scalars[first..<start])
        let marked = printable(scalars[start..<max(start, min(end, last))])
        let rest = printable(scalars[max(start, min(end, last))..<max(start, last)])
        text = lead + marked + rest + (last < scalars.count ? "…" : "")
        underline = Self.blank(lead) + "^" + String(repeating: "~", count: max(Self.blank(marked).count - 1, 0))
    }

    /// As much space as the text takes on a terminal.
    private static func blank(_ text: String) -> String {
        text.map { $0 == "\t" ? "\t" : isWide($0) ? "  " : " " }.joined()
    }

    /// Characters of East Asian scripts and emoji take two columns.
    private static func isWide(_ character: Character) -> Bool {
        guard let scalar = character.unicodeScalars.first else { return false }
        return switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F: true
        case 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD: true
        default: false
        }
    }

    func rendered(line: Int) -> String {
        let number = String(line)
        let margin = String(repeating: " ", count: max(5 - number.count, 0)) + number
        let blank = String(repeating: " ", count: margin.count)
        return "\(margin) | \(text)\n\(blank) | \(underline)\n"
    }
}

/// The text with everything replaced that a terminal would obey rather than show.
func printable(_ scalars: some Sequence<Unicode.Scalar>) -> String {
    var text = String.UnicodeScalarView()
    for scalar in scalars {
        text.append(obeyedByTerminals(scalar) ? "\u{FFFD}" : scalar)
    }
    return String(text)
}

/// A text from a file, quoted within a message: short, and on one line.
func quoted(_ text: String) -> String {
    let shown = 60
    let scalars = text.unicodeScalars
    let head = printable(scalars.prefix(shown).map { $0 == "\t" ? " " : $0 })
    return "\"\(head)\(scalars.count > shown ? "…" : "")\""
}

private func obeyedByTerminals(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09: false
    case 0x00..<0x20, 0x7F..<0xA0, 0x2028, 0x2029: true
    case 0x202A...0x202E, 0x2066...0x2069: true  // they turn the direction of the rest of the line
    default: false
    }
}
