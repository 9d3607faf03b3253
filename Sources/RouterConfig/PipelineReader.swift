import HandlerKit
import RouterCore

/// Reads `pipeline:`, a list of handlers by name, each with its settings.
struct PipelineReader {
    static let rootKey = "pipeline"

    let file: SourceFile
    let handlers: [any Handler.Type]
    let catalog: NameCatalog
    private(set) var diagnostics: [Diagnostic] = []
    private(set) var entries: [PipelineEntry] = []
    /// Whether every entry of the file became one; otherwise what is missing may have been meant to be there.
    private(set) var isComplete = true

    init(file: SourceFile, handlers: [any Handler.Type], catalog: NameCatalog) {
        self.file = file
        self.handlers = handlers
        self.catalog = catalog
    }

    mutating func read(root: Node) {
        guard !root.isRefused else { return }
        guard let members = root.members else { return refuseRoot(root) }
        for member in members where member.key != Self.rootKey {
            let help = catalog.help(for: member.key, in: .plugins)
            add(.unknownSetting, member.keySpan, "a plugins file has no \(quoted(member.key))", help)
        }
        if let pipeline = members.first(where: { $0.key == Self.rootKey }) {
            read(pipeline: pipeline)
        } else if !members.contains(where: { Spelling.mistakes($0.key, Self.rootKey) != nil }) {
            add(.noPipeline, root.span, "\"\(Self.rootKey):\" is missing", Self.example)
        }
    }

    private mutating func read(pipeline: Node.Member) {
        guard !pipeline.value.isRefused else { return }
        guard !pipeline.value.isNull, pipeline.value.items?.isEmpty != true else {
            return add(
                .noPipeline, pipeline.valueSpan, "the pipeline is empty",
                "list at least one handler, as in \"- \(example)\"")
        }
        guard let items = pipeline.value.items else {
            let message = "\"\(Self.rootKey)\" is a list of handlers, not \(pipeline.value.described)"
            let isUndashed = pipeline.value.members?.contains { member in handlers.contains { $0.name == member.key } }
            let help = isUndashed == true ? "put \"- \" before the name of each" : Self.example
            return add(.wrongShape, pipeline.valueSpan, message, help)
        }
        for item in items { read(entry: item) }
        isComplete = entries.count == items.count
    }

    private mutating func read(entry node: Node) {
        switch node.content {
        case .refused: return
        case .scalar(let name, _) where !node.isNull: read(name: name, span: node.span, settings: nil)
        case .mapping(let members) where members.count == 1:
            read(name: members[0].key, span: members[0].keySpan, settings: members[0])
        case .mapping(let members) where members.count > 1: refuse(crowded: members)
        default:
            let message = "an entry of the pipeline is a handler's name, found \(node.described)"
            add(
                .malformedEntry, node.span, message,
                "write it as in \"- \(example)\", or \"- \(example): {…}\" with settings")
        }
    }

    private mutating func read(name: String, span: Span, settings: Node.Member?) {
        guard let handler = handlers.first(where: { $0.name == name }) else {
            return refuse(unknown: name, span)
        }
        if let earlier = entries.first(where: { $0.name == name }) {
            let help = "it stands on line \(earlier.nameSpan.line) already; keep one of the two"
            return add(.handlerTwice, span, "\(name) is listed twice", help)
        }
        var narrowed: [(String, Span)]?
        var pairs: [SettingInput.Pair] = []
        if let settings, let members = members(of: settings) {
            let types = members.first { $0.key == EntryTypes.key }
            narrowed = types.flatMap { self.types($0, of: handler) }
            pairs = read(members.filter { $0.key != EntryTypes.key }, of: handler)
        }
        entries.append(PipelineEntry(handler: handler, nameSpan: span, narrowed: narrowed, settings: pairs))
    }

    /// The settings of an entry; none when nothing follows the name.
    private mutating func members(of entry: Node.Member) -> [Node.Member]? {
        guard entry.value.isWritten, !entry.value.isRefused else { return nil }
        guard let members = entry.value.members else {
            let message = "the settings of \(entry.key) are a group, not \(entry.value.described)"
            add(.wrongShape, entry.valueSpan, message, help(forShapeOf: entry))
            return nil
        }
        return members
    }

    /// Some take the name of a handler for a switch.
    private func help(forShapeOf entry: Node.Member) -> String? {
        switch entry.value.input {
        case .scalar("off", _), .scalar("false", _), .scalar("no", _): "to turn it off, remove its line"
        case .scalar("on", _), .scalar("true", _), .scalar("yes", _): "to turn it on, write \"- \(entry.key)\""
        default:
            catalog.names(in: .handler(entry.key)).first.map { "write them as in \"- \(entry.key): {\($0): …}\"" }
        }
    }

    private mutating func read(_ members: [Node.Member], of handler: any Handler.Type) -> [SettingInput.Pair] {
        var reader = SettingsReader(file: file, catalog: catalog)
        reader.read(members, into: handler.init(), in: .handler(handler.name)) { handler.init() }
        diagnostics += reader.diagnostics
        return reader.accepted
    }
}

extension PipelineReader {
    /// The message types an entry is narrowed to, as far as its handler takes them.
    private mutating func types(_ member: Node.Member, of handler: any Handler.Type) -> [(String, Span)]? {
        guard !handler.types.takesFrames else {
            add(.typeNotTaken, member.keySpan, "\(handler.name) takes whole frames, which have no type", "remove it")
            return nil
        }
        var reader = SettingsReader(file: file, catalog: catalog)
        reader.assign(member, to: EntryTypes()) { EntryTypes() }
        diagnostics += reader.diagnostics
        guard !reader.accepted.isEmpty, let items = member.value.items else { return nil }
        if items.isEmpty {
            add(
                .typeNotTaken, member.valueSpan, "\(handler.name) is left without a message type",
                "remove its line to turn it off")
        }
        var taken: [(String, Span)] = []
        for item in items {
            guard case .scalar(let type, _) = item.content else { continue }
            if taken.contains(where: { $0.0 == type }) {
                add(.typeNotTaken, item.span, "\(quoted(type)) is named twice", "keep one of the two")
            } else if let names = handler.types.names, !names.contains(type) {
                let help =
                    Spelling.nearest(to: type, among: names).map { "did you mean \"\($0)\"?" }
                    ?? NameCatalog.list(names)
                add(.typeNotTaken, item.span, "\(handler.name) does not take \(quoted(type))", help)
            } else {
                warn(ofSlipIn: type, item.span)
                taken.append((type, item.span))
            }
        }
        return taken
    }

    /// A handler of all types can be narrowed to one that no handler here knows; but not, in silence, to one that is
    /// nearly another.
    private mutating func warn(ofSlipIn type: String, _ span: Span) {
        let known = Set(handlers.flatMap { $0.types.names ?? [] })
        guard !known.contains(type), let meant = Spelling.nearest(to: type, among: known.sorted()) else { return }
        diagnostics.append(
            file.diagnostic(
                .unknownType, at: span, "no handler answers \(quoted(type))", help: "did you mean \"\(meant)\"?",
                severity: .warning))
    }

    private mutating func refuseRoot(_ root: Node) {
        let help = root.items == nil ? Self.example : "put \"\(Self.rootKey):\" on a line of its own above the list"
        add(.wrongShape, root.span, "a plugins file starts with \"\(Self.rootKey):\", found \(root.described)", help)
    }

    private mutating func refuse(unknown name: String, _ span: Span) {
        let help = HandlerList.help(for: name, among: handlers)
        add(.unknownHandler, span, "no handler is named \(quoted(name))", help)
    }

    /// An entry with several keys: most often settings that are not indented under their handler.
    private mutating func refuse(crowded members: [Node.Member]) {
        let (first, second) = (members[0], members[1])
        let message = "an entry of the pipeline is one handler, found \(quoted(second.key)) beside \(quoted(first.key))"
        let help =
            catalog.names(in: .handler(first.key)).contains(second.key)
            ? "indent the settings deeper than the name, or write \"- \(first.key): {\(second.key): …}\""
            : "start every handler on a line of its own with \"- \""
        add(.malformedEntry, second.keySpan, message, help)
    }

    private var example: String { handlers.first?.name ?? "name" }
    private static let example = "it is written as \"\(rootKey):\", and under it a line \"- name\" for each handler"

    private mutating func add(_ code: DiagnosticCode, _ span: Span, _ message: String, _ help: String?) {
        diagnostics.append(file.diagnostic(code, at: span, message, help: help))
    }
}
