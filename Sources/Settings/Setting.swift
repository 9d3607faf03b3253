/// A setting, declared once: from this come the reading of YAML, its diagnostics, the help and the defaults.
///
///     @Setting("Longest name allowed, in characters.", in: 1...256)
///     var maxLength = 20          // `max_length` in plugins.yaml
///
/// The value is fixed before the first message: a changed configuration makes new handlers.
@propertyWrapper
public struct Setting<Value: SettingValue>: Sendable {
    @usableFromInline let box: Box
    public let help: String
    public let unit: String?
    public let applies: Applies
    public let whenHit: String?
    private let limit: Limit

    @inlinable public var wrappedValue: Value { box.value.pointee }
    public var projectedValue: Setting<Value> { self }

    /// - Parameters:
    ///   - wrappedValue: the default.
    ///   - help: one sentence.
    ///   - unit: what a plain number counts, such as "characters".
    ///   - applies: when a changed value takes effect.
    ///   - whenHit: of a limit, what is seen of it when it is hit.
    public init(
        wrappedValue: Value, _ help: String, unit: String? = nil, applies: Applies = .atOnce, whenHit: String? = nil
    ) {
        self.init(wrappedValue, help, .none, unit, applies, whenHit)
    }

    /// - Parameter range: the values allowed, both ends included.
    public init(
        wrappedValue: Value, _ help: String, in range: ClosedRange<Value>, unit: String? = nil,
        applies: Applies = .atOnce, whenHit: String? = nil
    ) where Value: Comparable {
        let bounds = SettingBounds(least: range.lowerBound, most: range.upperBound)
        self.init(wrappedValue, help, Limit(bounds: bounds) { range.contains($0) }, unit, applies, whenHit)
    }

    /// - Parameter range: the values allowed, from a least one upwards.
    public init(
        wrappedValue: Value, _ help: String, in range: PartialRangeFrom<Value>, unit: String? = nil,
        applies: Applies = .atOnce, whenHit: String? = nil
    ) where Value: Comparable {
        let bounds = SettingBounds(least: range.lowerBound, most: nil)
        self.init(wrappedValue, help, Limit(bounds: bounds) { range.contains($0) }, unit, applies, whenHit)
    }

    /// A list of different names.
    ///
    /// - Parameters:
    ///   - count: how many there may be.
    ///   - bytes: how long each may be.
    public init(
        wrappedValue: Value, _ help: String, names count: ClosedRange<Int>, ofBytes bytes: ClosedRange<Int>,
        applies: Applies = .atOnce, whenHit: String? = nil
    ) where Value == [String] {
        let limit = Limit(names: (count, bytes)) { names in
            count.contains(names.count) && Set(names).count == names.count
                && names.allSatisfy { bytes.contains($0.utf8.count) }
        }
        self.init(wrappedValue, help, limit, nil, applies, whenHit)
    }

    private init(
        _ value: Value, _ help: String, _ limit: Limit, _ unit: String?, _ applies: Applies, _ whenHit: String?
    ) {
        precondition(limit.contains(value), "the default \(value.settingText) is outside its own range: \(help)")
        box = Box(value)
        self.help = help
        self.limit = limit
        self.unit = unit
        self.applies = applies
        self.whenHit = whenHit
    }

    private struct Limit: Sendable {
        var bounds: SettingBounds?
        var names: (count: ClosedRange<Int>, bytes: ClosedRange<Int>)?
        let contains: @Sendable (Value) -> Bool
        static var none: Limit { Limit { _ in true } }
    }

    /// `@unchecked Sendable`: written only by `assign`, which runs between `init()` of the owner and its first use,
    /// before the owner is shared. Every copy of the owner reads the same box; behind a pointer, so that no message
    /// pays for a check for exclusive access.
    @usableFromInline final class Box: @unchecked Sendable {  // written before it is shared, as above
        @usableFromInline let value: UnsafeMutablePointer<Value>

        init(_ value: Value) {
            self.value = .allocate(capacity: 1)
            self.value.initialize(to: value)
        }

        deinit {
            value.deinitialize(count: 1)
            value.deallocate()
        }
    }
}

/// When a changed setting takes effect after a reload; until there is one, whatever changes needs a restart.
public enum Applies: String, Sendable {
    case atOnce = "at once"
    case newConnections = "to new connections"
    case afterRestart = "after a restart"
}

/// The values that a setting takes: from the least to the largest, both included.
public struct SettingBounds: Sendable {
    public let least: any SettingValue
    /// nil when there is no largest one.
    public let most: (any SettingValue)?

    /// "1 to 256", "1 KiB or more"
    public var text: String {
        most.map { "\(least.settingText) to \($0.settingText)" } ?? "\(least.settingText) or more"
    }
}

/// What the configuration and the documentation need to know of a setting, whatever its type.
public protocol AnySetting: Sendable {
    var help: String { get }
    var applies: Applies { get }
    /// Of a limit: what is seen of it when it is hit.
    var whenHit: String? { get }
    /// Which values it takes, for a machine.
    var kind: SettingKind { get }
    /// What a plain number counts, such as "characters"; sizes and durations are written with their unit instead.
    var unit: String? { get }
    /// The allowed values, if they are limited by a least one.
    var bounds: SettingBounds? { get }
    /// The allowed values in words, if they are limited: "1 to 256".
    var range: String? { get }
    /// "a whole number", "a duration such as 10s", …
    var expected: String { get }
    /// The value as it would be written in YAML; the default until one is assigned.
    var text: String { get }
    /// Takes a value from a configuration file, or says why not and changes nothing.
    func assign(_ input: SettingInput) -> SettingFault?
}

extension AnySetting {
    public var range: String? { bounds?.text }
}

/// Why a value was refused.
public enum SettingFault: Error, Equatable, Sendable {
    case wrongType(expected: String)
    case outOfRange(String)
}

extension Setting: AnySetting {
    public var kind: SettingKind { limit.names.map(SettingKind.names) ?? Value.kind }
    public var bounds: SettingBounds? { limit.bounds }
    public var range: String? {
        guard let (count, bytes) = limit.names else { return bounds?.text }
        return "a list of \(count.lowerBound) to \(count.upperBound) names, none twice, "
            + "each of \(bytes.lowerBound) to \(bytes.upperBound) bytes"
    }
    public var expected: String { Value.expected }
    public var text: String { wrappedValue.settingText }

    public func assign(_ input: SettingInput) -> SettingFault? {
        guard let value = Value(setting: input) else { return .wrongType(expected: Value.expected) }
        guard limit.contains(value) else { return .outOfRange(range ?? Value.expected) }
        box.value.pointee = value
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
