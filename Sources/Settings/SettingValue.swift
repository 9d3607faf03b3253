/// A value as a configuration file gives it, before anybody knows which type it should have.
public enum SettingInput: Equatable, Sendable {
    /// A scalar. Quoted ones are text whatever they look like.
    case scalar(String, quoted: Bool)
    case list([SettingInput])
    case mapping([Pair])

    public struct Pair: Equatable, Sendable {
        public let key: String
        public let value: SettingInput
        public init(key: String, value: SettingInput) {
            self.key = key
            self.value = value
        }
    }

    /// The text of a scalar that was not quoted, which is how numbers and switches are written.
    var plain: String? {
        if case .scalar(let text, quoted: false) = self { text } else { nil }
    }
}

/// A type that a setting may have.
public protocol SettingValue: Equatable, Sendable {
    /// What a value looks like, for diagnostics: "a whole number".
    static var expected: String { get }
    /// Which values there are, for a machine; `.value` unless a type says more.
    static var kind: SettingKind { get }
    /// - Returns: nil when the input is not of this type.
    init?(setting: SettingInput)
    /// As it is written in YAML.
    var settingText: String { get }
}

extension Int: SettingValue {
    public static var expected: String { "a whole number" }
    public static var kind: SettingKind { .integer }
    public var settingText: String { String(self) }
    public init?(setting: SettingInput) {
        guard let text = setting.plain, let value = Int(text), String(value) == text else { return nil }
        self = value
    }
}

extension Double: SettingValue {
    public static var expected: String { "a number" }
    public static var kind: SettingKind { .number }
    public var settingText: String { Int(exactly: self).map(String.init) ?? String(self) }
    public init?(setting: SettingInput) {
        guard let text = setting.plain, let value = Double(text), value.isFinite,
            text.utf8.allSatisfy({ "0123456789.+-eE".utf8.contains($0) }),  // Double(_:) also takes 0x1p3
            !text.hasPrefix("+"), !text.hasLeadingZero
        else { return nil }
        self = value
    }
}

extension Bool: SettingValue {
    public static var expected: String { "true or false" }
    public static var kind: SettingKind { .boolean }
    public var settingText: String { String(self) }
    public init?(setting: SettingInput) {
        guard let text = setting.plain, let value = Bool(text) else { return nil }
        self = value
    }
}

extension String: SettingValue {
    public static var expected: String { "text" }
    public static var kind: SettingKind { .text }
    public var settingText: String {
        let plain = allSatisfy { $0.isLetter || $0.isNumber || "._/-".contains($0) }
        let isWord = first { $0 != "." && $0 != "/" }?.isLetter == true  // "../file", but not ".5"
        return plain && isWord && !Self.wordsOfYAML.contains(lowercased()) ? self : inDoubleQuotes
    }
    /// Words that mean something else in YAML when they stand without quotes.
    private static let wordsOfYAML: Set = ["null", "true", "false", "yes", "no", "on", "off", ".inf", ".nan"]
    private var inDoubleQuotes: String { "\"" + unicodeScalars.map(Self.escaped).joined() + "\"" }
    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\"", "\\": "\\\(scalar)"
        case "\n": "\\n"
        case "\0"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}", "\u{FEFF}":
            "\\u" + String(0x1_0000 + scalar.value, radix: 16).dropFirst()
        default: String(scalar)
        }
    }
    public init?(setting: SettingInput) {
        guard case .scalar(let text, _) = setting else { return nil }
        self = text
    }
}

extension Array: SettingValue where Element: SettingValue {
    public static var expected: String { "a list, each entry \(Element.expected)" }
    public static var kind: SettingKind { .list(of: Element.kind) }
    public var settingText: String { "[" + map(\.settingText).joined(separator: ", ") + "]" }
    public init?(setting: SettingInput) {
        guard case .list(let items) = setting else { return nil }
        let values = items.compactMap(Element.init(setting:))
        guard values.count == items.count else { return nil }
        self = values
    }
}

/// A number of bytes: `10240`, `10 KiB`, `1 MiB`, `1 GiB`.
public struct ByteCount: SettingValue, Comparable, ExpressibleByIntegerLiteral {
    public let bytes: Int
    public init(_ bytes: Int) { self.bytes = bytes }
    public init(integerLiteral value: Int) { bytes = value }
    public static func bytes(_ count: Int) -> ByteCount { ByteCount(count) }
    public static func kibibytes(_ count: Int) -> ByteCount { ByteCount(count << 10) }
    public static func mebibytes(_ count: Int) -> ByteCount { ByteCount(count << 20) }
    public static func < (left: ByteCount, right: ByteCount) -> Bool { left.bytes < right.bytes }

    private static let units = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
    public static var expected: String { "a number of bytes such as 10240, 64 KiB or 1 MiB" }
    public static var kind: SettingKind { .byteCount }
    /// A number of bytes with its unit, as a regular expression.
    public static var unitPattern: String { "^(0|[1-9][0-9]*) *(\(units.reversed().map(\.0).joined(separator: "|")))$" }
    public var settingText: String {
        let unit = Self.units.first { bytes > 0 && bytes.isMultiple(of: $0.1) }
        return unit.map { "\(bytes / $0.1) \($0.0)" } ?? String(bytes)
    }
    public init?(setting: SettingInput) {
        guard let text = setting.plain else { return nil }
        let unit = Self.units.first { text.hasSuffix($0.0) }
        let digits = text.dropLast(unit?.0.count ?? 0).trimmingSpaces
        guard let number = Int(digits), number >= 0, String(number) == digits else { return nil }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: unit?.1 ?? 1)
        guard !overflow else { return nil }
        self.bytes = bytes
    }
}

/// Durations are written with their unit: `250ms`, `10s`, `5m`, `2h`, `7d`; `0` alone needs none.
extension Duration: SettingValue {
    private static let units = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)]
    public static var expected: String { "a duration such as 250ms, 10s, 5m, 2h or 7d" }
    public static var kind: SettingKind { .duration }
    /// A duration with its unit, as a regular expression.
    public static var unitPattern: String { "^(0|[1-9][0-9]{0,9})(\(units.map(\.0).joined(separator: "|")))$" }
    /// The duration in whole milliseconds.
    public var milliseconds: Int {
        Int(components.seconds) * 1_000 + Int(components.attoseconds / 1_000_000_000_000_000)
    }
    public var settingText: String {
        let value = milliseconds
        let unit = Self.units.last { value.isMultiple(of: $0.1) } ?? ("ms", 1)
        return value == 0 ? "0s" : "\(value / unit.1)\(unit.0)"
    }
    public init?(setting: SettingInput) {
        guard let text = setting.plain else { return nil }
        if text == "0" { self = .zero; return }
        guard let unit = Self.units.first(where: { text.hasSuffix($0.0) }),
            let number = Int(text.dropLast(unit.0.count)), (0...1_000_000_000).contains(number),
            text == "\(number)\(unit.0)"
        else { return nil }
        self = .milliseconds(number * unit.1)
    }
}

/// A setting with a few named values: make the enum's raw values the words used in YAML.
extension SettingValue where Self: RawRepresentable & CaseIterable, RawValue == String {
    public static var expected: String { "one of " + allCases.map(\.rawValue).joined(separator: ", ") }
    public static var kind: SettingKind { .words(allCases.map(\.rawValue)) }
    public var settingText: String { rawValue }
    public init?(setting: SettingInput) {
        guard case .scalar(let text, _) = setting else { return nil }
        self.init(rawValue: text)
    }
}

extension String {
    /// Some readers of YAML take such a number for an octal one.
    fileprivate var hasLeadingZero: Bool {
        let digits = drop { $0 == "-" }
        return digits.first == "0" && digits.dropFirst().first?.isNumber == true
    }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        var rest = self
        while rest.first == " " { rest.removeFirst() }
        while rest.last == " " { rest.removeLast() }
        return rest
    }
}
