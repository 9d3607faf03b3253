/// libyaml's problems in words that say what to do.
extension SourceFile {
    func diagnostic(for problem: YAMLProblem) -> Diagnostic {
        let mark = problem.byteOffset.map(mark(atByte:)) ?? problem.mark
        let span = Span(line: mark.line, column: mark.column, length: 1)
        let (message, help) = explain(problem, mark)
        return diagnostic(.syntax, at: span, message, help: help ?? context(problem, mark))
    }

    private func explain(_ problem: YAMLProblem, _ mark: YAMLMark) -> (String, String?) {
        let found = scalar(at: mark)
        if found == "\t" || startsWithTab(mark) {
            return ("a tab cannot indent YAML", "use spaces")
        }
        switch problem.text {
        case "found character that cannot start any token":
            let shown = found.map { quoted(String($0)) } ?? "this"
            return ("a value cannot start with \(shown)", "put the value in quotes")
        case "mapping values are not allowed in this context":
            return ("no \":\" can stand here", "check the indentation, or put a text that has \": \" in it in quotes")
        case "could not find expected ':'":
            return ("a \":\" is missing after a key", nil)
        case "did not find expected key":
            return ("this does not line up with the keys above it", nil)
        case "did not find expected '-' indicator":
            return ("this does not line up with the \"-\" above it", nil)
        case "did not find expected ',' or ']'", "did not find expected ',' or '}'":
            return ("a list or group in brackets needs a \",\" or its closing bracket here", nil)
        case "found unexpected end of stream":
            return ("a quote is never closed", nil)
        case "control characters are not allowed":
            return ("a control character cannot stand here", "in double quotes it can be written as \\xNN")
        case "found unknown escape character":
            return ("no such escape in double quotes", "write \\\\ for a backslash, or use single quotes")
        default:
            return ("not YAML: \(problem.text)", nil)
        }
    }

    /// Where the thing began that libyaml could not finish.
    private func context(_ problem: YAMLProblem, _ mark: YAMLMark) -> String? {
        guard let context = problem.context, context.mark != mark else { return nil }
        let what = context.text.hasPrefix("while ") ? String(context.text.dropFirst(6)) : context.text
        return "it was \(what) that starts at line \(context.mark.line), column \(context.mark.column)"
    }

    private func scalar(at mark: YAMLMark) -> Unicode.Scalar? {
        line(mark.line)?.unicodeScalars.dropFirst(mark.column - 1).first
    }

    /// Whether a tab stands in what indents the line.
    private func startsWithTab(_ mark: YAMLMark) -> Bool {
        (line(mark.line) ?? "").unicodeScalars.prefix { $0 == " " || $0 == "\t" }.contains("\t")
    }

    private func mark(atByte offset: Int) -> YAMLMark {
        let before = SourceFile(name: name, text: String(decoding: text.utf8.prefix(offset), as: UTF8.self)).end
        return YAMLMark(line: before.line, column: before.column)
    }
}
