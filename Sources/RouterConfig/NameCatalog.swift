import HandlerKit

/// Where a name can stand.
enum Scope: Equatable {
    /// The configuration file, inside these sections.
    case configuration([String])
    /// The top level of the plugins file.
    case plugins
    /// The settings of a handler.
    case handler(String)

    /// Who has the settings, to begin a message with.
    var owner: String {
        switch self {
        case .configuration([]): "the configuration"
        case .configuration(let path): path.joined(separator: ".")
        case .plugins: "the plugins file"
        case .handler(let name): name
        }
    }

    /// Where a name of this scope belongs, told to somebody who wrote it in another.
    func place(seenFrom other: Scope) -> String {
        switch (self, other) {
        case (.configuration([]), .configuration): "at the top level"
        case (.configuration(let path), .configuration): "under \"\(path.joined(separator: "."))\":"
        case (.configuration([]), _): "in the configuration file"
        case (.configuration(let path), _): "in the configuration file under \"\(path.joined(separator: "."))\":"
        case (.plugins, _): "in the plugins file"
        case (.handler(let name), .configuration): "in the plugins file, under \"\(name)\":"
        case (.handler(let name), _): "under \"\(name)\":"
        }
    }
}

/// All names that can stand in the files, to tell somebody who misspelt or misplaced one where it belongs.
struct NameCatalog {
    struct Entry {
        let scope: Scope
        let name: String
        /// nil for a section and for the words of the plugins file.
        let setting: (any AnySetting)?
    }

    private let entries: [Entry]

    /// The lists of names that are still worth reading.
    private static let longestList = 20

    init(handlers: [any Handler.Type]) {
        var entries = Self.entries(of: Configuration(), path: [])
        entries.append(Entry(scope: .plugins, name: PipelineReader.rootKey, setting: nil))
        for handler in handlers {
            let scope = Scope.handler(handler.name)
            for (name, setting) in settings(of: handler.init()) + [(EntryTypes.key, EntryTypes())] {
                entries.append(Entry(scope: scope, name: name, setting: setting))
            }
        }
        self.entries = entries
    }

    private static func entries(of owner: any SettingsSection, path: [String]) -> [Entry] {
        let scope = Scope.configuration(path)
        let own = settings(of: owner).map { Entry(scope: scope, name: $0.name, setting: $0.setting) }
        return sections(of: owner).reduce(own) { entries, child in
            entries + [Entry(scope: scope, name: child.name, setting: nil)]
                + Self.entries(of: child.section, path: path + [child.name])
        }
    }

    func names(in scope: Scope) -> [String] { entries.filter { $0.scope == scope }.map(\.name) }

    /// What to do about a name that is not known where it stands.
    func help(for written: String, in scope: Scope) -> String? {
        let here = entries.filter { $0.scope == scope }
        let elsewhere = entries.filter { $0.scope != scope }
        let moved = elsewhere.filter { $0.name == written }
        if !moved.isEmpty {
            let places = moved.map { $0.scope.place(seenFrom: scope) }
            return "it belongs \(places.joined(separator: " or "))"
        }
        if let name = Spelling.nearest(to: written, among: here.map(\.name)) {
            return didYouMean(here.first { $0.name == name }, place: nil)
        }
        if let name = Spelling.nearest(to: written, among: elsewhere.map(\.name)),
            let entry = elsewhere.first(where: { $0.name == name })
        {
            return didYouMean(entry, place: entry.scope.place(seenFrom: scope))
        }
        return Self.list(here.map(\.name))
    }

    private func didYouMean(_ entry: Entry?, place: String?) -> String? {
        entry.map { entry in
            let question = "did you mean \"\(entry.name)\"\(place.map { ", which belongs \($0)" } ?? "")?"
            return [question, entry.setting?.summary].compactMap(\.self).joined(separator: " ")
        }
    }

    /// The names that can be used, when they are few enough to read.
    static func list(_ names: [String]) -> String? {
        switch names.count {
        case 0: "nothing can be set here"
        case 1: "the only one is " + names[0]
        case 2...longestList: "it can be " + names.joined(separator: ", ")
        default: nil
        }
    }
}

extension AnySetting {
    /// "Longest name allowed; 1 to 256 characters, default 20."
    var summary: String {
        let sentence = help.hasSuffix(".") ? String(help.dropLast()) : help
        return "\(sentence); \(rangeWithUnit.map { "\($0), " } ?? "")default \(text)."
    }

    /// "1 to 256 characters"; the unit alone where there is no range.
    var rangeWithUnit: String? {
        let parts = [range, unit].compactMap(\.self)
        return parts.isEmpty ? nil : parts.joined(separator: " ")
    }
}
