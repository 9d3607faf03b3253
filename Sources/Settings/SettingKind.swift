/// Which values a setting takes, as far as a machine can know: for the JSON Schema, for editors, for reference pages.
public indirect enum SettingKind: Equatable, Sendable {
    case integer
    case number
    case boolean
    /// Any scalar, in quotes or not.
    case text
    /// A text of one form.
    ///
    /// - Parameters:
    ///   - name: what it is, such as "listen address".
    ///   - pattern: a regular expression (ECMA-262) that every such text matches.
    case form(_ name: String, pattern: String)
    /// `250ms`, `10s`; 0 also alone.
    case duration
    /// `10240`, `10 KiB`
    case byteCount
    /// One of these words.
    case words([String])
    case list(of: SettingKind)
    /// A list of different texts: how many, and of how many bytes each.
    case names(count: ClosedRange<Int>, bytes: ClosedRange<Int>)
    /// Whatever its type makes of it, but not nothing.
    case value

    /// In a word or two: "integer", "byte count", "list of text".
    public var name: String {
        switch self {
        case .integer: "integer"
        case .number: "number"
        case .boolean: "boolean"
        case .text: "text"
        case .form(let name, _): name
        case .duration: "duration"
        case .byteCount: "byte count"
        case .words: "word"
        case .list(let element): "list of \(element.name)"
        case .names: "list of names"
        case .value: "value"
        }
    }
}

extension SettingValue {
    public static var kind: SettingKind { .value }
}
