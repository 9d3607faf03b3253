/// Reads a file into nodes, with a place for each; whatever YAML offers beyond lists, mappings and scalars is refused.
struct NodeReader: ~Copyable {
    private let file: SourceFile
    private var events: YAMLEvents
    private(set) var diagnostics: [Diagnostic] = []

    /// Deepest nesting of lists and mappings; no setting needs more than five.
    static let maxDepth = 32

    /// Most lists, mappings, keys and values in a file; it bounds what their diagnostics can cost.
    static let maxNodes = 10_000
    private var nodes = 0

    /// The root of the file's document, or nil when it has none that could be read.
    static func read(_ file: SourceFile) -> (root: Node?, diagnostics: [Diagnostic]) {
        guard let events = YAMLEvents(file.text) else {
            return (nil, [file.diagnostic(.unreadable, at: nil, "no memory to read it")])
        }
        var reader = NodeReader(file: file, events: events)
        let root = reader.document()
        return (root, reader.diagnostics)
    }

    private init(file: SourceFile, events: consuming YAMLEvents) {
        self.file = file
        self.events = events
    }

    /// Why reading cannot go on.
    private enum Stop: Error {
        case problem(YAMLProblem)
        case told
    }

    private mutating func document() -> Node? {
        do throws(Stop) {
            return try documentOrStop()
        } catch {
            if case .problem(let problem) = error { diagnostics.append(file.diagnostic(for: problem)) }
            return nil
        }
    }

    private mutating func documentOrStop() throws(Stop) -> Node? {
        _ = try next()  // the start of the stream
        guard case .documentStart = try next().kind else { return nil }
        let root = try node(try next(), depth: 0)
        _ = try next()  // the end of the document
        let after = try next()
        if case .documentStart = after.kind {
            refuse(.severalDocuments, after, "a second document starts here", "keep everything above one \"---\"")
        }
        return root
    }

    private mutating func next() throws(Stop) -> YAMLEvent {
        do throws(YAMLProblem) { return try events.next() } catch { throw .problem(error) }
    }

    private mutating func node(_ event: YAMLEvent, depth: Int) throws(Stop) -> Node {
        refuseDecorations(event)
        guard depth <= Self.maxDepth else {
            refuse(.tooDeep, event, "nested more than \(Self.maxDepth) deep", nil)
            throw .told
        }
        nodes += 1
        guard nodes <= Self.maxNodes else {
            refuse(.tooLarge, event, "more than \(Self.maxNodes) values in one file", nil)
            throw .told
        }
        switch event.kind {
        case .scalar(let text, let quoted):
            let isWritten = event.start != event.end
            return Node(content: .scalar(text, quoted: quoted), span: span(event), isWritten: isWritten)
        case .listStart: return try list(event, depth: depth)
        case .mappingStart: return try mapping(event, depth: depth)
        default: return Node(content: .refused, span: span(event))
        }
    }

    private mutating func list(_ start: YAMLEvent, depth: Int) throws(Stop) -> Node {
        var items: [Node] = []
        while true {
            let event = try next()
            if case .collectionEnd = event.kind {
                return Node(content: .list(items), span: span(from: start, to: event))
            }
            items.append(try node(event, depth: depth + 1))
        }
    }

    private mutating func mapping(_ start: YAMLEvent, depth: Int) throws(Stop) -> Node {
        var members: [Node.Member] = []
        var firstLines: [String: Int] = [:]
        while true {
            let event = try next()
            if case .collectionEnd = event.kind {
                return Node(content: .mapping(members), span: span(from: start, to: event))
            }
            let key = try node(event, depth: depth + 1)
            let value = try node(try next(), depth: depth + 1)
            guard let member = member(key, value) else { continue }
            if let line = firstLines[member.key] {
                let message = "\(quoted(member.key)) is given twice here"
                add(.duplicateKey, key.span, message, "it stands on line \(line) already; keep one of the two")
            } else {
                firstLines[member.key] = key.span.line
                members.append(member)
            }
        }
    }

    private mutating func member(_ key: Node, _ value: Node) -> Node.Member? {
        if case .scalar(let text, _) = key.content {
            return Node.Member(key: text, keySpan: key.span, value: value)
        }
        if !key.isRefused { add(.keyNotText, key.span, "a key must be a name, not \(key.described)", nil) }
        return nil
    }
}

extension NodeReader {
    private mutating func refuseDecorations(_ event: YAMLEvent) {
        if case .alias = event.kind {
            refuse(.alias, event, "aliases are not taken", "write the value out where it belongs")
        }
        if event.hasAnchor {
            refuse(.alias, event, "anchors are not taken", "remove the word after \"&\", and the \"&\"")
        }
        if event.hasTag {
            refuse(.tag, event, "tags are not taken", "remove the word that starts with \"!\"")
        }
    }

    private mutating func refuse(_ code: DiagnosticCode, _ event: YAMLEvent, _ message: String, _ help: String?) {
        add(code, span(event), message, help)
    }

    private mutating func add(_ code: DiagnosticCode, _ span: Span, _ message: String, _ help: String?) {
        diagnostics.append(file.diagnostic(code, at: span, message, help: help))
    }

    private func span(_ event: YAMLEvent) -> Span { span(from: event, to: event) }

    /// What the first line shows of a value; a list or mapping without brackets ends where the next value starts,
    /// so its own first line stands for it.
    private func span(from first: YAMLEvent, to last: YAMLEvent) -> Span {
        let (start, end) = (first.start, last.end)
        guard start.line == end.line, end.column > start.column else {
            return file.restOfLine(start.line, from: start.column)
        }
        return Span(line: start.line, column: start.column, length: end.column - start.column)
    }
}
