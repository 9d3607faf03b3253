/// libyaml's problems in words that say what to do.
extension SourceFile {
    func diagnostic(for problem: YAMLProblem) -> Diagnostic {
        let mark = problem.byteOffset.map(mark(atByte:)) ?? inText(problem.mark)
        let explanation =
            unclosed(problem, mark) ?? misplacedTab(mark) ?? known(problem, mark)
            ?? Explanation("not YAML: \(problem.text)")
        return diagnostic(.syntax, at: span(explanation.mark ?? mark), explanation.message, help: explanation.help)
    }

    private struct Explanation {
        var message: String
        var help: String?
        /// A better place to show than where libyaml stopped.
        var mark: YAMLMark?

        init(_ message: String, help: String? = nil, at mark: YAMLMark? = nil) {
            (self.message, self.help, self.mark) = (message, help, mark)
        }
    }

    /// What was begun and not ended is shown where it begins: libyaml stops at whatever comes after it.
    private func unclosed(_ problem: YAMLProblem, _ mark: YAMLMark) -> Explanation? {
        guard let context = problem.context else { return nil }
        let before = "before line \(mark.line), column \(mark.column)"
        switch problem.text {
        case "found unexpected end of stream" where context.text == "while scanning a quoted scalar":
            return Explanation("this quote is never closed", at: context.mark)
        case "could not find expected ':'":
            return Explanation(
                "a \":\" is missing after this", help: "or \"- \" before it, if it is an entry of a list",
                at: context.mark)
        case "did not find expected ',' or ']'" where context.mark.line != mark.line:
            return Explanation(
                "this list is not closed", help: "a \",\" or \"]\" is missing \(before)", at: context.mark)
        case "did not find expected ',' or '}'" where context.mark.line != mark.line:
            return Explanation(
                "this group is not closed", help: "a \",\" or \"}\" is missing \(before)", at: context.mark)
        default: return nil
        }
    }

    private func misplacedTab(_ mark: YAMLMark) -> Explanation? {
        let indentation = (line(mark.line) ?? "").unicodeScalars.prefix { $0 == " " || $0 == "\t" }
        let spaces = indentation.prefix { $0 == " " }.count
        guard spaces < indentation.count else { return nil }
        return Explanation(
            "a tab cannot indent YAML", help: "use spaces", at: YAMLMark(line: mark.line, column: spaces + 1))
    }

    private func known(_ problem: YAMLProblem, _ mark: YAMLMark) -> Explanation? {
        switch problem.text {
        case "found character that cannot start any token":
            Explanation("a value cannot start with \(shown(at: mark))", help: "put the value in quotes")
        case "did not find expected alphabetic or numeric character":
            Explanation("a value cannot start with \"*\" or \"&\"", help: "put the value in quotes")
        case "mapping values are not allowed in this context":
            Explanation(
                "no \":\" can stand here",
                help: "put a text that has \": \" in it in quotes, and settings on the line of their name in {}")
        case "block sequence entries are not allowed in this context":
            Explanation("no list can start here", help: "start it on a line of its own, or write it in []")
        case "did not find expected key" where !startsLine(mark), "did not find expected <document start>":
            Explanation(
                "nothing more can stand here", help: "put quotes around the whole of a text, or around none of it")
        case "did not find expected key":
            Explanation(
                "this does not line up with the lines above", help: "the settings of a group start in the same column")
        case "did not find expected '-' indicator":
            Explanation("every entry of a list starts with \"- \"", help: "put it there, or correct the indentation")
        case "did not find expected ',' or ']'": Explanation("a \",\" or \"]\" is missing here")
        case "did not find expected ',' or '}'": Explanation("a \",\" or \"}\" is missing here")
        case "did not find expected node content": Explanation("a value is missing here")
        case "found undefined tag handle":
            Explanation("tags are not taken", help: "put a value that starts with \"!\" in quotes")
        case "control characters are not allowed":
            Explanation("a control character cannot stand here", help: "in double quotes it can be written as \\xNN")
        case "found unknown escape character":
            Explanation("no such escape in double quotes", help: "write \\\\ for a backslash, or use single quotes")
        default: nil
        }
    }

    /// A name is underlined whole; what libyaml stumbled over is a single character.
    private func span(_ mark: YAMLMark) -> Span {
        let isName = scalar(at: mark)?.properties.isAlphabetic == true
        return isName
            ? restOfLine(mark.line, from: mark.column) : Span(line: mark.line, column: mark.column, length: 1)
    }

    private func scalar(at mark: YAMLMark) -> Unicode.Scalar? {
        line(mark.line)?.unicodeScalars.dropFirst(mark.column - 1).first
    }

    private func shown(at mark: YAMLMark) -> String { scalar(at: mark).map { quoted(String($0)) } ?? "this" }

    private func startsLine(_ mark: YAMLMark) -> Bool {
        (line(mark.line) ?? "").unicodeScalars.prefix(mark.column - 1).allSatisfy { $0 == " " }
    }

    /// libyaml puts a line break behind a text that has none at its end, and may stop behind that: there is no such line.
    private func inText(_ mark: YAMLMark) -> YAMLMark {
        line(mark.line) == nil ? YAMLMark(line: end.line, column: end.column) : mark
    }

    private func mark(atByte offset: Int) -> YAMLMark {
        let before = SourceFile(name: name, text: String(decoding: text.utf8.prefix(offset), as: UTF8.self)).end
        return YAMLMark(line: before.line, column: before.column)
    }
}
