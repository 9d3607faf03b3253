import HandlerKit

/// A value in a configuration file, and where it stands.
struct Node: Sendable {
    indirect enum Content: Sendable {
        case scalar(String, quoted: Bool)
        case list([Node])
        case mapping([Member])
        /// Something that was refused already: nothing more is said of it.
        case refused
    }

    /// A key and its value.
    struct Member: Sendable {
        let key: String
        let keySpan: Span
        let value: Node

        /// Where a fault of the value is shown: at the key when the value is nothing to point at.
        var valueSpan: Span { value.isNull && !value.isWritten ? keySpan : value.span }
    }

    let content: Content
    let span: Span
    /// Whether there is anything in the file for it; the value after `key:` may be left out.
    var isWritten = true

    /// What YAML takes for no value: nothing at all, `~`, or `null` without quotes.
    var isNull: Bool {
        guard case .scalar(let text, quoted: false) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    var members: [Member]? {
        if case .mapping(let members) = content { members } else { nil }
    }

    var items: [Node]? {
        if case .list(let items) = content { items } else { nil }
    }

    var isRefused: Bool {
        if case .refused = content { true } else { false }
    }

    /// Whether something in it was refused already.
    var holdsRefused: Bool {
        switch content {
        case .scalar: false
        case .list(let items): items.contains(where: \.holdsRefused)
        case .mapping(let members): members.contains(where: \.value.holdsRefused)
        case .refused: true
        }
    }

    /// The value as settings take it.
    var input: SettingInput {
        switch content {
        case .scalar(let text, let quoted): .scalar(text, quoted: quoted)
        case .list(let items): .list(items.map(\.input))
        case .mapping(let members): .mapping(members.map { .init(key: $0.key, value: $0.value.input) })
        case .refused: .scalar("", quoted: false)
        }
    }

    /// What was found, in words.
    var described: String {
        switch content {
        case .scalar where isNull: "nothing"
        case .scalar(let text, quoted: true): "the text \(RouterConfig.quoted(text)) in quotes"
        case .scalar(let text, _): looksLikeNumber(text) ? "the number \(text)" : RouterConfig.quoted(text)
        case .list(let items): items.isEmpty ? "an empty list" : "a list"
        case .mapping: "a group of settings"
        case .refused: "something refused"
        }
    }

    private func looksLikeNumber(_ text: String) -> Bool {
        text.utf8.count < 40 && text.utf8.contains { (0x30...0x39).contains($0) } && Double(text) != nil
    }
}
