/// A stretch of one line of a file.
struct Span: Equatable {
    /// From 1.
    var line: Int
    /// From 1, in Unicode scalars.
    var column: Int
    /// In Unicode scalars.
    var length: Int
}

/// A configuration file in memory: its name as the user gave it, its bytes, and its lines for diagnostics.
struct SourceFile {
    let name: String
    let text: String
    /// Each cut out once, however many faults share it.
    private let lines: [String]

    /// - Parameter text: without a byte order mark.
    init(name: String, text: String) {
        self.name = name
        self.text = text
        lines = text.yamlLines
    }

    /// Where the text ends.
    var end: Span { Span(line: lines.count, column: (lines.last?.unicodeScalars.count ?? 0) + 1, length: 1) }

    /// The line with a number from 1, without its line break.
    func line(_ number: Int) -> String? {
        lines.indices.contains(number - 1) ? lines[number - 1] : nil
    }

    /// The stretch from a place to the end of its line, without the blanks at the end.
    func restOfLine(_ line: Int, from column: Int) -> Span {
        let rest = (self.line(line) ?? "").unicodeScalars.dropFirst(column - 1)
        let blanks = rest.reversed().prefix { $0 == " " || $0 == "\t" }.count
        return Span(line: line, column: column, length: max(rest.count - blanks, 1))
    }

    /// A fault at a place of this file, or of the file as a whole.
    func diagnostic(
        _ code: DiagnosticCode, at span: Span?, _ message: String, help: String? = nil,
        severity: Diagnostic.Severity = .error
    ) -> Diagnostic {
        Diagnostic(
            severity: severity, code: code, file: name,
            line: span?.line ?? 0, column: span?.column ?? 0, length: span?.length ?? 0,
            message: message, help: help, sourceLine: span.flatMap { line($0.line) })
    }
}

extension String {
    /// Cut where libyaml counts a new line: LF, CR, CR LF, NEL, LS and PS.
    fileprivate var yamlLines: [String] {
        let bytes = Array(utf8)
        var lines: [String] = []
        var (start, place) = (0, 0)
        while place < bytes.count {
            let length = Self.lineBreak(bytes, place)
            if length > 0 {
                lines.append(String(decoding: bytes[start..<place], as: UTF8.self))
                start = place + length
            }
            place += max(length, 1)
        }
        lines.append(String(decoding: bytes[start...], as: UTF8.self))
        return lines
    }

    /// The bytes of the line break at a place; 0 when there is none.
    private static func lineBreak(_ bytes: [UInt8], _ place: Int) -> Int {
        switch bytes[place] {
        case 0x0A: 1
        case 0x0D: bytes[place...].starts(with: [0x0D, 0x0A]) ? 2 : 1
        case 0xC2: bytes[place...].starts(with: "\u{85}".utf8) ? 2 : 0
        case 0xE2:
            bytes[place...].starts(with: "\u{2028}".utf8) || bytes[place...].starts(with: "\u{2029}".utf8) ? 3 : 0
        default: 0
        }
    }
}
