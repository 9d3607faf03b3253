import Foundation

/// What a handler says of itself: its name, what it does, and its settings.
struct DeclarationCheck {
    private let handler: any Handler.Type

    init(_ handler: any Handler.Type) { self.handler = handler }

    func run(_ findings: Findings) {
        if handler.name.wholeMatch(of: /[a-z][a-z0-9]*(-[a-z0-9]+)*/) == nil {
            findings.add("its name is not lower-case words with hyphens: \(handler.name.debugDescription)")
        }
        if !isSentence(handler.summary) { findings.add("its summary is not a line that ends with a full stop") }
        for form in handler.sends where form.receiver == nil {
            findings.add("it does not say in sends to whom it sends \(form.type)")
        }
        let all = settings(of: handler.init())
        for (name, count) in Dictionary(grouping: all, by: \.name).mapValues(\.count).sorted(by: { $0.key < $1.key })
        where count > 1 {
            findings.add("it has \(count) settings of the name \(name)")
        }
        for (name, setting) in all {
            if name == "types" { findings.add("its setting types is hidden by the one that every handler has") }
            if !isSentence(setting.help) {
                findings.add("the help of \(name) is not a line that ends with a full stop")
            }
            SettingCheck(name: name, setting: setting).run(findings) {
                settings(of: handler.init()).first { $0.name == name }?.setting
            }
        }
    }

    private func isSentence(_ text: String) -> Bool { text.count > 1 && text.hasSuffix(".") && !text.contains("\n") }
}

/// A setting takes its own default as it is written, the ends of its range, and nothing of another type or beyond them.
private struct SettingCheck {
    let name: String
    let setting: any AnySetting

    /// - Parameter fresh: makes the setting anew, with its default.
    func run(_ findings: Findings, fresh: () -> (any AnySetting)?) {
        let written = setting.text
        if let copy = fresh() {
            if copy.assign(SettingInput(written: written)) != nil {
                findings.add("\(name) refuses its own default, \(written)")
            } else if copy.text != written {
                findings.add("\(name): \(written) becomes \(copy.text) when it is read as it is written")
            }
        }
        for wrong in wrongs(of: setting.kind) where fresh()?.assign(wrong) == nil {
            findings.add("\(name) wants \(setting.expected), and takes \(wrong.written)")
        }
        guard let bounds = setting.bounds else { return }
        for end in [bounds.least, bounds.most].compactMap(\.self)
        where fresh()?.assign(SettingInput(written: end.settingText)) != nil {
            findings.add("\(name) refuses \(end.settingText), the end of its own range")
        }
        for beyond in outside(bounds) where fresh()?.assign(SettingInput(written: beyond)) == nil {
            findings.add("\(name) may be \(bounds.text), and takes \(beyond)")
        }
    }

    private func wrongs(of kind: SettingKind) -> [SettingInput] {
        let text = SettingInput.scalar("no-such value", quoted: false)
        let group = SettingInput.mapping([.init(key: "a", value: .scalar("1", quoted: false))])
        let list = SettingInput.list([.list([])])
        return switch kind {
        case .integer: [text, list, group, .scalar("1.5", quoted: false), .scalar("1", quoted: true)]
        case .number, .boolean, .duration, .byteCount: [text, list, group, .scalar("1", quoted: true)]
        case .words: [text, list, group]
        case .text, .form: [list, group]
        case .list: [text, group]
        case .names(let count, let bytes):
            [text, group] + [count.upperBound + 1, count.lowerBound - 1].filter { $0 >= 0 }.map { .list(names($0)) }
                + [.list(names(max(2, count.lowerBound), alike: true)), .list([long(bytes.upperBound + 1)])]
        case .value: []
        }
    }

    private func names(_ count: Int, alike: Bool = false) -> [SettingInput] {
        (0..<count).map { .scalar("n\(alike ? 0 : $0)", quoted: false) }
    }

    private func long(_ bytes: Int) -> SettingInput { .scalar(String(repeating: "n", count: bytes), quoted: false) }

    private func outside(_ bounds: SettingBounds) -> [String] {
        [neighbour(of: bounds.least, -1), bounds.most.flatMap { neighbour(of: $0, 1) }].compactMap(\.self)
    }

    private func neighbour(of value: any SettingValue, _ step: Int) -> String? {
        switch value {
        case let value as Int: value.addingReportingOverflow(step).overflow ? nil : String(value + step)
        case let value as Double: String(value + Double(step))
        case let value as ByteCount: value.bytes + step < 0 ? nil : String(value.bytes + step)
        case let value as Duration: value.milliseconds + step < 0 ? nil : "\(value.milliseconds + step)ms"
        default: nil
        }
    }
}

extension SettingInput {
    fileprivate var written: String {
        switch self {
        case .scalar(let text, let quoted): quoted ? "\"\(text)\"" : text
        case .list(let items): "a list of \(items.count)"
        case .mapping: "a group of settings"
        }
    }
}
