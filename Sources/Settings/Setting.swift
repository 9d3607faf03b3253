/// A setting, declared once: from this come the reading of YAML, its diagnostics, the help and the defaults.
///
///     @Setting("Longest name allowed, in characters.", in: 1...256)
///     var maxLength = 20          // `max_length` in plugins.yaml
///
/// The value is fixed before the first message: a changed configuration makes new handlers.
@propertyWrapper
public struct Setting<Value: SettingValue>: Sendable {
    private let box: Box
    public let help: String
    public let applies: Applies
    private let bounds: Bounds<Value>

    public var wrappedValue: Value { box.value }
    public var projectedValue: Setting<Value> { self }

    /// - Parameters:
    ///   - wrappedValue: the default.
    ///   - help: one sentence, with the unit where there is one.
    ///   - applies: when a changed value takes effect.
    public init(wrappedValue: Value, _ help: String, applies: Applies = .atOnce) {
        self.init(wrappedValue, help, .none, applies)
    }

    /// - Parameter range: the values allowed, both ends included.
    public init(wrappedValue: Value, _ help: String, in range: ClosedRange<Value>, applies: Applies = .atOnce)
    where Value: Comparable {
        let text = "\(range.lowerBound.settingText) to \(range.upperBound.settingText)"
        self.init(wrappedValue, help, Bounds(text: text) { range.contains($0) }, applies)
    }

    /// - Parameter range: the values allowed, from a least one upwards.
    public init(wrappedValue: Value, _ help: String, in range: PartialRangeFrom<Value>, applies: Applies = .atOnce)
    where Value: Comparable {
        let text = "\(range.lowerBound.settingText) or more"
        self.init(wrappedValue, help, Bounds(text: text) { range.contains($0) }, applies)
    }

    private init(_ value: Value, _ help: String, _ bounds: Bounds<Value>, _ applies: Applies) {
        precondition(bounds.contains(value), "the default \(value.settingText) is outside its own range: \(help)")
        box = Box(value)
        self.help = help
        self.bounds = bounds
        self.applies = applies
    }

    /// `@unchecked Sendable`: written only by `assign`, which runs between `init()` of the owner and its first use,
    /// before the owner is shared. Every copy of the owner reads the same box.
    private final class Box: @unchecked Sendable {  // written before it is shared, as above
        var value: Value
        init(_ value: Value) { self.value = value }
    }
}

/// When a changed setting takes effect after a reload.
public enum Applies: String, Sendable {
    case atOnce = "at once"
    case newConnections = "to new connections"
    case afterRestart = "after a restart"
}

private struct Bounds<Value>: Sendable {
    let text: String?
    let contains: @Sendable (Value) -> Bool
    static var none: Bounds { Bounds(text: nil) { _ in true } }
}

/// What the configuration and the documentation need to know of a setting, whatever its type.
public protocol AnySetting: Sendable {
    var help: String { get }
    var applies: Applies { get }
    /// "a whole number", "a duration such as 10s", …
    var expected: String { get }
    /// The allowed values in words, if they are limited.
    var range: String? { get }
    /// The value as it would be written in YAML; the default until one is assigned.
    var text: String { get }
    /// Takes a value from a configuration file, or says why not and changes nothing.
    func assign(_ input: SettingInput) -> SettingFault?
}

/// Why a value was refused.
public enum SettingFault: Error, Equatable, Sendable {
    case wrongType(expected: String)
    case outOfRange(String)
}

extension Setting: AnySetting {
    public var expected: String { Value.expected }
    public var range: String? { bounds.text }
    public var text: String { wrappedValue.settingText }

    public func assign(_ input: SettingInput) -> SettingFault? {
        guard let value = Value(setting: input) else { return .wrongType(expected: Value.expected) }
        guard bounds.contains(value) else { return .outOfRange(bounds.text ?? Value.expected) }
        box.value = value
        return nil
    }
}

/// A group of settings with a name of its own in the file, such as `limits:`. Its properties are `@Setting`s or sections.
public protocol SettingsSection: Sendable {
    init()
}

/// The settings of a handler or section, by the names they have in YAML, in the order of their declaration.
public func settings(of owner: Any) -> [(name: String, setting: any AnySetting)] {
    Mirror(reflecting: owner).children.compactMap { child in
        guard let label = child.label, let setting = child.value as? any AnySetting else { return nil }
        return (snakeCase(label.dropFirst()), setting)  // a wrapped property is stored as "_name"
    }
}

/// The sections inside a section, by their YAML names.
public func sections(of owner: Any) -> [(name: String, section: any SettingsSection)] {
    Mirror(reflecting: owner).children.compactMap { child in
        guard let label = child.label, let section = child.value as? any SettingsSection else { return nil }
        return (snakeCase(label[...]), section)
    }
}

/// `maxLength` is `max_length` in YAML.
func snakeCase(_ name: Substring) -> String {
    name.reduce(into: "") { text, letter in
        if letter.isUppercase { text += "_" }
        text += letter.lowercased()
    }
}
