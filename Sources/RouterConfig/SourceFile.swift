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
    private let lines: [Substring.UnicodeScalarView]

    /// - Parameter text: without a byte order mark.
    init(name: String, text: String) {
        self.name = name
        self.text = text
        lines = text.unicodeScalars.yamlLines
    }

    /// Where the text ends.
    var end: Span { Span(line: lines.count, column: (lines.last?.count ?? 0) + 1, length: 1) }

    /// The line with a number from 1, without its line break.
    func line(_ number: Int) -> String? {
        lines.indices.contains(number - 1) ? String(lines[number - 1]) : nil
    }

    /// The stretch from a place to the end of its line, without the blanks at the end.
    func restOfLine(_ line: Int, from column: Int) -> Span {
        let rest =
            lines.indices.contains(line - 1) ? lines[line - 1].dropFirst(column - 1) : Substring().unicodeScalars[...]
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

extension String.UnicodeScalarView {
    /// Cut where libyaml counts a new line: LF, CR, CR LF, NEL, LS and PS.
    fileprivate var yamlLines: [Substring.UnicodeScalarView] {
        var lines: [Substring.UnicodeScalarView] = []
        var start = startIndex
        var place = startIndex
        while place < endIndex {
            let scalar = self[place]
            let end = place
            formIndex(after: &place)
            guard ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains(scalar) else { continue }
            if scalar == "\r", place < endIndex, self[place] == "\n" { formIndex(after: &place) }
            lines.append(self[start..<end])
            start = place
        }
        lines.append(self[start...])
        return lines
    }
}
