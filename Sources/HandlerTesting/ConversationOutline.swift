/// A line of a script with the indented lines that belong to it.
struct OutlineEntry {
    let line: Int
    var text: String
    var children: [OutlineEntry] = []
}

/// The shape of a script: which lines belong to which, repeats unrolled, `${…}` filled in.
struct ConversationOutline {
    let name: String

    /// - Throws: `ConversationFailure` for a first line that is indented.
    func entries(of source: String) throws -> [OutlineEntry] {
        var lines = source.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap {
            read($1, $0)
        }
        lines.reverse()
        if let first = lines.last, first.indent > 0 { throw failure(first.entry.line, "the first line is indented") }
        return try unrolled(children(of: -1, &lines))
    }

    private typealias Line = (indent: Int, entry: OutlineEntry)

    private func read(_ text: Substring, _ index: Int) -> Line? {
        let indent = text.prefix { $0 == " " }.count
        var rest = text.dropFirst(indent)
        while let last = rest.last, last == " " || last == "\r" { rest.removeLast() }
        guard let first = rest.first, first != "#" else { return nil }
        return (indent, OutlineEntry(line: index + 1, text: String(rest)))
    }

    /// Takes the lines that are indented deeper than `indent`; the next one is the last of `lines`.
    private func children(of indent: Int, _ lines: inout [Line]) -> [OutlineEntry] {
        var found: [OutlineEntry] = []
        while let line = lines.last, line.indent > indent {
            lines.removeLast()
            var entry = line.entry
            entry.children = children(of: line.indent, &lines)
            found.append(entry)
        }
        return found
    }

    private func unrolled(_ entries: [OutlineEntry], counter: Int? = nil) throws -> [OutlineEntry] {
        try entries.flatMap { entry -> [OutlineEntry] in
            if let count = repeats(entry.text) {
                return try (1...count).flatMap { try unrolled(entry.children, counter: $0) }
            }
            var filled = entry
            filled.text = try fill(entry.text, counter, entry.line)
            filled.children = try unrolled(entry.children, counter: counter)
            return [filled]
        }
    }

    private func repeats(_ text: String) -> Int? {
        guard text.hasSuffix(" times:"), let count = Int(text.dropLast(7)), count > 0 else { return nil }
        return count
    }

    private func fill(_ text: String, _ counter: Int?, _ line: Int) throws -> String {
        guard text.contains("${") else { return text }
        let counted = counter.map { fillCounter(text, $0) } ?? text
        // Looked for before anything is repeated: a filled text may have a million characters.
        guard !counted.replacing(repetition, with: "").contains("${") else {
            throw failure(line, "cannot read the ${…} in \(text.prefix(80))")
        }
        return counted.replacing(repetition) { String(repeating: String($0.1), count: Int($0.2) ?? 0) }
    }

    private var repetition: Regex<(Substring, Substring, Substring)> { /\$\{(.+?) \* ([0-9]+)\}/ }

    private func fillCounter(_ text: String, _ counter: Int) -> String {
        text.replacing("${n}", with: String(counter))
            .replacing(/\$\{n\+([0-9]+)\}/) { String(counter + (Int($0.1) ?? 0)) }
            .replacing(/\$\{([0-9]+)-n\}/) { String((Int($0.1) ?? 0) - counter) }
    }

    func failure(_ line: Int, _ message: String) -> ConversationFailure {
        ConversationFailure(script: name, line: line, message: message)
    }
}
