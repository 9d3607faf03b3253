import HandlerKit

/// Why a setting refused a value, and which value may have been meant.
struct ValueFault {
    private let member: Node.Member
    private let fault: SettingFault
    private let setting: any AnySetting
    private let fresh: () -> (any AnySetting)?

    /// - Parameters:
    ///   - setting: with its default.
    ///   - fresh: makes further settings of its kind, to try values on.
    init(
        member: Node.Member, fault: SettingFault, setting: any AnySetting, fresh: @escaping () -> (any AnySetting)?
    ) {
        self.member = member
        self.fault = fault
        self.setting = setting
        self.fresh = fresh
    }

    /// One fault, or one for each entry of a list that its setting refuses.
    func diagnostics(in file: SourceFile) -> [Diagnostic] {
        if case .outOfRange(let range) = settled {
            if let items = member.value.items { return [outsideRule(file, items, range)] }
            let message = "\(quoted(member.key)) must be \(range), not \(written)"
            return [file.diagnostic(.outOfRange, at: member.valueSpan, message, help: setting.summary)]
        }
        if !refusedItems.isEmpty { return refusedItems.map { wrongType(file, $0, $0.span, inList: true) } }
        guard member.value.members != nil else { return [wrongType(file, member.value, member.valueSpan)] }
        return [
            file.diagnostic(
                .wrongShape, at: member.valueSpan,
                "\(quoted(member.key)) is a single setting, not a group of settings",
                help: "it wants \(setting.expected). \(setting.summary)")
        ]
    }

    private func wrongType(_ file: SourceFile, _ found: Node, _ span: Span, inList: Bool = false) -> Diagnostic {
        let question = meant(found, inList: inList).map { "did you mean \($0)?" }
        return file.diagnostic(
            .wrongType, at: span, "\(quoted(member.key)) wants \(setting.expected), found \(found.described)",
            help: [question, setting.summary].compactMap(\.self).joined(separator: " "))
    }

    /// The list is what its setting takes but for an entry: the first with which what is before it is refused.
    private func outsideRule(_ file: SourceFile, _ items: [Node], _ rule: String) -> Diagnostic {
        let count = items.indices.first { !takes(.list(items[...$0].map(\.input))) }
        return file.diagnostic(
            .outOfRange, at: count.map { items[$0].span } ?? member.valueSpan,
            "\(quoted(member.key)) must be \(rule)", help: setting.summary)
    }

    /// A number of more digits than the machine can hold is of the right type, but too large.
    private var settled: SettingFault {
        guard let range = setting.range, case .scalar(let text, quoted: false) = member.value.content,
            text.count > 18, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return fault }
        return .outOfRange(range)
    }

    private var written: String {
        guard case .scalar(let text, _) = member.value.content else { return member.value.described }
        return printable(text.unicodeScalars.prefix(40))
    }

    private func takes(_ input: SettingInput) -> Bool {
        guard let setting = fresh() else { return false }
        return setting.assign(input) == nil
    }

    /// In a list that was refused, the entries that no list of their own would be accepted with.
    private var refusedItems: [Node] {
        guard let items = member.value.items, takes(.list([])) else { return [] }
        return items.filter { !takes(.list([$0.input])) }
    }

    /// A value that would be taken, and is near to the one that was given; as it has to be written.
    private func meant(_ found: Node, inList: Bool) -> String? {
        let single = found.items.map { $0.count == 1 ? $0[0] : nil } ?? found
        guard case .scalar(let text, _) = single?.content else { return nil }
        let candidates = Rewriting.candidates(for: text, choices: setting.kind.choices)
        let taken = candidates.first { takes(inList ? .list([$0.input]) : $0.input) }
        return taken.map { printable($0.text.unicodeScalars.prefix(120)) }
    }
}

extension SettingKind {
    /// The words that a value, or an entry of a list, can be.
    fileprivate var choices: [String] {
        switch self {
        case .words(let words): words
        case .list(let element): element.choices
        default: []
        }
    }
}
