import HandlerKit

/// Gives an owner's settings their values from a mapping. Which settings there are comes from their declarations alone.
struct SettingsReader {
    let file: SourceFile
    let catalog: NameCatalog
    private(set) var diagnostics: [Diagnostic] = []
    /// The values that were taken, as they were written.
    private(set) var accepted: [SettingInput.Pair] = []
    /// The settings whose values were refused; they still have their defaults.
    private(set) var refused: Set<String> = []

    init(file: SourceFile, catalog: NameCatalog) {
        self.file = file
        self.catalog = catalog
    }

    /// - Parameters:
    ///   - owner: what has the settings.
    ///   - fresh: makes one more of its kind, to try other values on.
    mutating func read(_ members: [Node.Member], into owner: Any, in scope: Scope, fresh: @escaping () -> Any) {
        let settings = settings(of: owner)
        let sections = sections(of: owner)
        for member in members {
            if let setting = settings.first(where: { $0.name == member.key })?.setting {
                assign(member, to: setting) {
                    HandlerKit.settings(of: fresh()).first { $0.name == member.key }?.setting
                }
            } else if let section = sections.first(where: { $0.name == member.key })?.section {
                read(member, into: section, in: scope)
            } else {
                refuseUnknown(member, in: scope)
            }
        }
    }

    private mutating func read(_ member: Node.Member, into section: any SettingsSection, in scope: Scope) {
        guard !member.value.isRefused, member.value.isWritten else { return }
        guard let members = member.value.members else { return refuseShape(member, of: section) }
        guard case .configuration(let path) = scope else { return }
        read(members, into: section, in: .configuration(path + [member.key])) { type(of: section).init() }
    }

    /// Takes the value, or says why not.
    /// - Parameter fresh: the setting of another owner, still with its default.
    mutating func assign(_ member: Node.Member, to setting: any AnySetting, fresh: @escaping () -> (any AnySetting)?) {
        refused.insert(member.key)
        guard !member.value.holdsRefused, !refuseNothing(member, setting, fresh) else { return }
        if let fault = setting.assign(member.value.input) {
            let fault = ValueFault(member: member, fault: fault, setting: fresh() ?? setting, fresh: fresh)
            diagnostics += fault.diagnostics(in: file)
        } else {
            refused.remove(member.key)
            accepted.append(.init(key: member.key, value: member.value.input))
        }
    }
}

extension SettingsReader {
    private mutating func refuseUnknown(_ member: Node.Member, in scope: Scope) {
        let message = "\(scope.owner) has no setting \(quoted(member.key))"
        let help = catalog.help(for: member.key, in: scope)
        diagnostics.append(file.diagnostic(.unknownSetting, at: member.keySpan, message, help: help))
    }

    private mutating func refuseShape(_ member: Node.Member, of section: any SettingsSection) {
        let message = "\(quoted(member.key)) is a group of settings, not \(member.value.described)"
        let example = settings(of: section).first.map { "such as \"\($0.name): \($0.setting.text)\"" }
        let help = "put its settings under it, each on an indented line\(example.map { ", \($0)" } ?? "")"
        diagnostics.append(file.diagnostic(.wrongShape, at: member.valueSpan, message, help: help))
    }

    /// Refuses a key without a value, and a list with an entry that has none.
    private mutating func refuseNothing(
        _ member: Node.Member, _ setting: any AnySetting, _ fresh: () -> (any AnySetting)?
    ) -> Bool {
        let isEntry = !member.value.isNull
        let empty = isEntry ? (member.value.items ?? []).filter(\.isNull) : [member.value]
        let text = SettingInput.scalar("null", quoted: true)
        for node in empty {
            let what = isEntry ? "has an entry without a value" : "has no value"
            // Somebody who wrote the word may have meant it.
            let meansWord = node.span.length == 4 && fresh()?.assign(isEntry ? .list([text]) : text) == nil
            let help = meansWord ? "for the text null write \"null\" in quotes" : setting.summary
            let span = node.isWritten ? node.span : member.keySpan
            diagnostics.append(
                file.diagnostic(.missingValue, at: span, "\(quoted(member.key)) \(what)", help: help))
        }
        return !empty.isEmpty
    }
}
