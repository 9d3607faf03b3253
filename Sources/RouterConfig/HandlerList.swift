public import HandlerKit

/// The handlers that plugins.yaml can list.
public struct HandlerList: Sendable {
    let handlers: [any Handler.Type]

    /// - Parameter handlers: of two with the same name the first counts.
    public init(_ handlers: [any Handler.Type]) {
        self.handlers = handlers.reduce(into: []) { all, handler in
            if !all.contains(where: { $0.name == handler.name }) { all.append(handler) }
        }
    }

    /// A line for each: its name and what it does.
    public var text: String {
        let width = handlers.map { $0.name.count }.max() ?? 0
        return handlers.map { handler in
            let blank = String(repeating: " ", count: width - handler.name.count)
            return "\(handler.name)\(blank)  \(handler.summary)\n"
        }.joined()
    }

    /// All that is declared of one of them.
    ///
    /// - Throws: when none has this name; which one may have been meant.
    public func reference(_ name: String) throws(UnknownHandler) -> HandlerReference {
        guard let handler = handlers.first(where: { $0.name == name }) else {
            throw UnknownHandler(name: name, help: Self.help(for: name, among: handlers))
        }
        return HandlerReference(handler)
    }

    /// What to do about a name that no handler has.
    static func help(for name: String, among handlers: [any Handler.Type]) -> String? {
        let names = handlers.map { $0.name }
        guard let near = Spelling.nearest(to: name, among: names),
            let handler = handlers.first(where: { $0.name == near })
        else { return NameCatalog.list(names) }
        return "did you mean \"\(near)\"? \(handler.summary)"
    }
}

extension HandlerList: JSONWritable {
    public func write(to writer: inout JSONWriter) { handlers.map(HandlerReference.init).write(to: &writer) }
}

/// No handler has this name.
public struct UnknownHandler: Error, CustomStringConvertible {
    let name: String
    let help: String?

    public var description: String {
        "no handler is named \(quoted(name))" + (help.map { "\nhelp: \($0)" } ?? "")
    }
}
