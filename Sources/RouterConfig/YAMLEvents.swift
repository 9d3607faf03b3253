import CLibYAML

/// One step of libyaml's parser through a file.
struct YAMLEvent {
    enum Kind {
        case stream
        case documentStart
        case documentEnd
        case scalar(String, quoted: Bool)
        case listStart
        case mappingStart
        case collectionEnd
        case alias
        case end
    }

    let kind: Kind
    let hasAnchor: Bool
    let hasTag: Bool
    let start: YAMLMark
    let end: YAMLMark
}

/// A place in a file, counted from 1 as editors do.
struct YAMLMark: Equatable {
    let line: Int
    let column: Int

    init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    init(_ mark: yaml_mark_t) {
        self.init(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }
}

/// Where libyaml had to stop, in its own words.
struct YAMLProblem: Error {
    let text: String
    let mark: YAMLMark
    /// What it was reading, and where that started.
    let context: (text: String, mark: YAMLMark)?
    /// The offset of a byte that may not stand in YAML at all, which comes without a mark.
    let byteOffset: Int?
}

/// libyaml's parser over a text. Its memory is freed with it.
struct YAMLEvents: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    /// libyaml reads its input while it parses, so the bytes live as long as the parser.
    private let input: UnsafeMutableBufferPointer<UInt8>

    /// - Returns: nil when there is no memory for a parser.
    init?(_ text: String) {
        let utf8 = Array(text.utf8)
        input = .allocate(capacity: utf8.count)
        _ = input.initialize(from: utf8)
        parser = .allocate(capacity: 1)
        parser.initialize(to: yaml_parser_t())
        guard yaml_parser_initialize(parser) == 1 else { return nil }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, input.baseAddress, input.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        input.deallocate()
    }

    mutating func next() throws(YAMLProblem) -> YAMLEvent {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw problem }
        defer { yaml_event_delete(&event) }
        return YAMLEvent(event)
    }

    private var problem: YAMLProblem {
        let failed = parser.pointee
        let context = failed.context.map { (String(cString: $0), YAMLMark(failed.context_mark)) }
        return YAMLProblem(
            text: failed.problem.map { String(cString: $0) } ?? "out of memory",
            mark: YAMLMark(failed.problem_mark), context: context,
            byteOffset: failed.error == YAML_READER_ERROR ? Int(failed.problem_offset) : nil)
    }
}

extension YAMLEvent {
    fileprivate init(_ event: yaml_event_t) {
        start = YAMLMark(event.start_mark)
        end = YAMLMark(event.end_mark)
        switch event.type {
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            kind = .scalar(String(decoding: bytes, as: UTF8.self), quoted: scalar.style != YAML_PLAIN_SCALAR_STYLE)
            (hasAnchor, hasTag) = (scalar.anchor != nil, scalar.tag != nil)
        case YAML_SEQUENCE_START_EVENT:
            kind = .listStart
            (hasAnchor, hasTag) = (event.data.sequence_start.anchor != nil, event.data.sequence_start.tag != nil)
        case YAML_MAPPING_START_EVENT:
            kind = .mappingStart
            (hasAnchor, hasTag) = (event.data.mapping_start.anchor != nil, event.data.mapping_start.tag != nil)
        default:
            kind = Self.plainKind(event.type)
            (hasAnchor, hasTag) = (false, false)
        }
    }

    private static func plainKind(_ type: yaml_event_type_t) -> Kind {
        switch type {
        case YAML_DOCUMENT_START_EVENT: .documentStart
        case YAML_DOCUMENT_END_EVENT: .documentEnd
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: .collectionEnd
        case YAML_ALIAS_EVENT: .alias
        case YAML_STREAM_START_EVENT: .stream
        default: .end
        }
    }
}
