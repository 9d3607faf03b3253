import RouterCore
import RouterServer

/// The settings of a configuration file that a script's `config:` lines may change in a test of handlers.
struct ScriptedSettings: SettingsSection {
    @Setting("Origins whose pages may connect.")
    var allowedOrigins: [String] = []

    var limits = Limits()
    var timeouts = Timeouts()
}

extension Conversation {
    /// Gives the settings of a configuration the values of the `config:` lines.
    ///
    /// - Throws: `ConversationFailure` for a setting that there is not, or a value that it refuses.
    package func apply(to configuration: some SettingsSection) throws {
        for change in settings {
            try naming(change.name) { try Self.assign(change, to: configuration) }
        }
    }

    /// Changes a pipeline as the `plugins:` lines say.
    ///
    /// - Throws: `ConversationFailure` for a handler or setting that there is not, or a value that it refuses.
    package func apply(to plan: inout PipelinePlan) throws {
        for change in pipeline {
            switch change {
            case .without(let handler):
                try naming(handler) { _ = plan.entries.remove(at: try plan.place(of: handler)) }
            case .only(let handlers):
                try naming(handlers[0]) { plan.entries = try handlers.map { plan.entries[try plan.place(of: $0)] } }
            case .setting(let handler, let override):
                try naming("\(handler).\(override.name)") {
                    try plan.set(override.name, of: handler, to: SettingInput(written: override.value))
                }
            }
        }
    }

    private static func assign(_ change: Override, to configuration: some SettingsSection) throws {
        var path = change.name.split(separator: ".").map(String.init)
        guard let name = path.popLast() else { throw ScriptFault("expected: name = value") }
        var owner: any SettingsSection = configuration
        for step in path {
            guard let section = sections(of: owner).first(where: { $0.name == step }) else {
                throw ScriptFault("there is no group of settings \(step)")
            }
            owner = section.section
        }
        try SettingInput(written: change.value).assign(to: name, of: owner, called: change.name)
    }

    /// What `body` throws is told with the line of the header that names this.
    private func naming(_ name: String, _ body: () throws -> Void) throws {
        do { try body() } catch let fault as ScriptFault {
            let line = lines.firstIndex { $0.contains(": ") && $0.contains(name) } ?? 0
            throw failure(line + 1, fault.message)
        }
    }
}

extension PipelinePlan {
    /// Handlers with some settings of theirs.
    ///
    /// - Parameters:
    ///   - settings: values as in plugins.yaml, by `handler.setting`; by the setting's name alone for one handler.
    ///   - handler: that one; the last when nil.
    /// - Throws: `ScriptFault` for a handler or setting that there is not, or a value that it refuses.
    init(_ handlers: [any Handler.Type], settings: [String: String], of handler: (any Handler.Type)? = nil) throws {
        self.init(handlers.map { Entry($0) })
        for (name, value) in settings.sorted(by: { $0.key < $1.key }) {
            let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
            let owner = parts.count == 2 ? parts[0] : (handler ?? handlers.last)?.name ?? ""
            try set(parts.last ?? "", of: owner, to: SettingInput(written: value))
        }
        try checkPartners()
    }

    /// Handlers that another one needs stand above it.
    func checkPartners() throws {
        for (place, entry) in entries.enumerated() {
            for need in entry.handler.needs where !entries[..<place].contains(where: { $0.handler.name == need }) {
                throw ScriptFault("\(entry.handler.name) needs \(need) above it: put its handler before this one")
            }
        }
    }

    fileprivate func place(of handler: String) throws -> Int {
        guard let place = entries.firstIndex(where: { $0.handler.name == handler }) else {
            let names = entries.map { $0.handler.name }.joined(separator: ", ")
            throw ScriptFault("\(handler) is not among the handlers: \(names)")
        }
        return place
    }

    fileprivate mutating func set(_ name: String, of handler: String, to value: SettingInput) throws {
        let place = try place(of: handler)
        if name == "types", case .list(let types) = value {
            entries[place].types = types.map { if case .scalar(let text, _) = $0 { text } else { "" } }
            return
        }
        try value.assign(to: name, of: entries[place].handler.init(), called: "\(handler).\(name)")
        entries[place].settings.removeAll { $0.key == name }
        entries[place].settings.append(.init(key: name, value: value))
    }
}
