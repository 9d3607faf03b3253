import HandlerKit

/// The plugins file on its way to a pipeline.
struct PluginsFile {
    let handlers: [any Handler.Type]
    let catalog: NameCatalog
    private(set) var entries: [PipelineEntry] = []
    /// Faults of this file.
    private(set) var diagnostics: [Diagnostic] = []
    /// That it cannot be read, shown where the configuration names it.
    private(set) var misplaced: [Diagnostic] = []

    init(handlers: [any Handler.Type], catalog: NameCatalog) {
        self.handlers = handlers
        self.catalog = catalog
    }

    mutating func read(_ source: PluginsSource) {
        let (file, root, found) = SourceFile.document(
            source.path, empty: "it starts with \"\(PipelineReader.rootKey):\" and a list of handlers")
        place(found, source)
        guard let file, let root else { return }
        var reader = PipelineReader(file: file, handlers: handlers, catalog: catalog)
        reader.read(root: root)
        entries = reader.entries
        let checks = PipelineChecks(file: file, entries: entries, isComplete: reader.isComplete)
        diagnostics += reader.diagnostics + checks.diagnostics
    }

    private mutating func place(_ found: [Diagnostic], _ source: PluginsSource) {
        for fault in found {
            if fault.code == .unreadable, let named = source.named {
                misplaced.append(named.file.diagnostic(.unreadable, at: named.span, fault.message))
            } else {
                diagnostics.append(fault)
            }
        }
    }
}

extension SourceFile {
    /// Reads a file and its document.
    /// - Parameter empty: what to do when it says nothing.
    static func document(_ path: String, empty: String) -> (file: SourceFile?, root: Node?, diagnostics: [Diagnostic]) {
        let file: SourceFile
        do throws(ReadFault) { file = try read(path) } catch { return (nil, nil, [error.diagnostic(path)]) }
        let (root, diagnostics) = NodeReader.read(file)
        guard let root, !root.isNull else {
            let fault = file.diagnostic(.empty, at: nil, "the file says nothing", help: empty)
            return (file, nil, diagnostics.isEmpty ? [fault] : diagnostics)
        }
        return (file, root, diagnostics)
    }
}

extension ReadFault {
    fileprivate func diagnostic(_ path: String) -> Diagnostic {
        let file = SourceFile(name: path, text: "")
        return switch self {
        case .unreadable(let reason):
            file.diagnostic(.unreadable, at: nil, "cannot read \(printable(path.unicodeScalars)): \(reason)")
        case .tooLarge:
            file.diagnostic(.tooLarge, at: nil, "larger than \(ByteCount(SourceFile.maxBytes).settingText)")
        case .notUTF8(let file, let span):
            file.diagnostic(.notUTF8, at: span, "not UTF-8 text from here on", help: "save the file as UTF-8")
        }
    }
}
