public import HandlerKit

/// What a handler declares, told to somebody who wants to use it: as text, and as JSON for a program.
public struct HandlerReference: Sendable {
    let handler: any Handler.Type

    public init(_ handler: any Handler.Type) { self.handler = handler }

    /// All of it as text, its settings as plugins.yaml would have them.
    public var text: String {
        (["\(handler.name): \(handler.summary)"] + messages + partners + [entry]).joined(separator: "\n\n") + "\n"
    }

    private var partners: [String] {
        handler.needs.isEmpty ? [] : ["Needs above it: \(handler.needs.joined(separator: ", "))."]
    }

    /// Its entry in plugins.yaml, with every setting at its default and explained.
    private var entry: String {
        let settings = settings(of: handler.init()).map { name, setting in
            ["# \(setting.help)", "# \(setting.nature)", "\(name): \(setting.text)"]
        }
        guard !settings.isEmpty else { return "In plugins.yaml; it has no settings of its own:\n\n  - \(handler.name)" }
        let explained = (settings + [narrowing]).map { lines in lines.map { "      \($0)\n" }.joined() }
        return "In plugins.yaml, each setting with its default:\n\n  - \(handler.name):\n"
            + explained.joined(separator: "\n").dropLast()
    }

    /// `types:` as an example in a comment: without that line a handler takes part in all it can.
    private var narrowing: [String] {
        guard handler.types.names?.isEmpty != true else { return [] }
        let example = handler.types.names ?? ["message"]
        return [
            "# The message types that it takes part in; without this line all of its own.",
            "# types: [\(example.joined(separator: ", "))]",
        ]
    }
}

extension HandlerReference: JSONWritable {
    public func write(to writer: inout JSONWriter) {
        let settings = settings(of: handler.init()).map(SettingReference.init)
        var members: JSONMembers = ["name": handler.name, "summary": handler.summary]
        members.append(messageMembers)
        members.append(["needs": handler.needs, "settings": settings])
        members.append(formMembers)
        members.write(to: &writer)
    }
}

/// A setting as JSON for a program.
private struct SettingReference: JSONWritable {
    let name: String
    let setting: any AnySetting

    func write(to writer: inout JSONWriter) {
        var members: JSONMembers = ["name": name, "kind": setting.kind.name]
        if case .words(let words) = setting.kind { members.append(["words": words]) }
        members.append([
            "default": CoreSchemaValue(yaml: setting.text),
            "least": setting.bounds.flatMap { CoreSchemaValue(yaml: $0.least.settingText) },
            "most": setting.bounds?.most.flatMap { CoreSchemaValue(yaml: $0.settingText) },
            "unit": setting.unit, "help": setting.help, "applies": setting.applies.rawValue,
        ])
        members.write(to: &writer)
    }
}

extension AnySetting {
    /// "integer, 1 to 256 characters; a change applies at once"
    fileprivate var nature: String { "\(values); a change applies \(applies.rawValue)" }

    /// "integer, 1 to 256 characters"
    var values: String {
        var kind = kind.name
        if case .words = self.kind { kind = expected }
        return [kind, rangeWithUnit].compactMap(\.self).joined(separator: ", ")
    }
}
