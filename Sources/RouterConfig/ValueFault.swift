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

    func diagnostic(in file: SourceFile) -> Diagnostic {
        let name = quoted(member.key)
        if case .outOfRange(let range) = settled {
            let message = "\(name) must be \(range), not \(written)"
            return file.diagnostic(.outOfRange, at: member.valueSpan, message, help: setting.summary)
        }
        let item = refusedItem
        if item == nil, member.value.members != nil {
            let message = "\(name) is a single setting, not a group of settings"
            return file.diagnostic(
                .wrongShape, at: member.valueSpan, message, help: "it wants \(setting.expected). \(setting.summary)")
        }
        let message = "\(name) wants \(setting.expected), found \((item ?? member.value).described)"
        let help = [meant.map { "did you mean \($0)?" }, setting.summary].compactMap(\.self).joined(separator: " ")
        return file.diagnostic(.wrongType, at: item?.span ?? member.valueSpan, message, help: help)
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

    private func takes(_ input: SettingInput) -> Bool { fresh()?.assign(input) == nil }

    /// In a list that was refused, the first entry that no list of its own would be accepted with.
    private var refusedItem: Node? {
        member.value.items?.first { !takes(.list([$0.input])) }
    }

    /// A value that would be taken, and is near to the one that was given; as it has to be written.
    private var meant: String? {
        guard case .scalar(let text, let quoted) = member.value.content else { return nil }
        return Rewriting.candidates(for: text, quoted: quoted).first { takes($0.input) }?.text
    }
}
