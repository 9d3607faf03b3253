import JSONWire

/// A message as its sender wrote it: one JSON object with a string `type`. Its fields are read from the bytes when asked
/// for; one of another JSON type than is asked for throws `Rejection.invalidMessage` (P17).
public struct Message: Sendable {
    package var object = JSONObject()
    /// Strings that a handler put in place of what the sender wrote, by their fields' names.
    package var replaced: [(name: StaticString, text: JSONRaw)] = []

    package init() {}

    /// Whether the message is of this type; for handlers of several.
    public func isOf(type: StaticString) -> Bool { object.value("type").map { object.equals($0, type) } ?? false }

    /// Its `type`.
    public var type: String { object.value("type").flatMap(object.string) ?? "" }

    /// A whole number within ±2^53; nil when the field is missing, null, or no whole number.
    public func integer(_ name: StaticString) throws(Rejection) -> Int? {
        try value(name, .number).flatMap(object.integer).map(Int.init)
    }

    /// A switch; nil when the field is missing or null.
    public func bool(_ name: StaticString) throws(Rejection) -> Bool? {
        guard let value = present(name) else { return nil }
        guard let bool = object.bool(value) else { throw .invalidMessage }
        return bool
    }

    /// A string field, decoded; nil when it is missing or null.
    public func string(_ name: StaticString) throws(Rejection) -> String? {
        if let text = replacement(name) { return text.string }
        return try value(name, .string).flatMap(object.string)
    }

    /// A string field as the JSON text it came as, to be passed on unchanged; nil when it is missing, null or empty.
    public func text(_ name: StaticString) throws(Rejection) -> JSONRaw? {
        if let text = replacement(name) { return text }
        guard let value = try value(name, .string), !value.isEmptyString else { return nil }
        return JSONRaw(value, of: object)
    }

    /// Puts another text, a JSON string of at least one character, in place of a string field for later handlers.
    public mutating func replace(_ name: StaticString, with text: JSONRaw) {
        replaced.removeAll { $0.name.equals(name) }
        replaced.append((name, text))
    }

    /// The id of a user or message, as a number or a numeric string (P25); nil when it is missing, null or none that
    /// could have been given out.
    public func id(_ name: StaticString) throws(Rejection) -> Int64? {
        guard let value = present(name) else { return nil }
        switch value.kind {
        case .number: return object.integer(value)
        case .string: return object.string(value).flatMap { $0.utf8.allSatisfy { 48...57 ~= $0 } ? Int64($0) : nil }
        default: throw .invalidMessage
        }
    }

    private func replacement(_ name: StaticString) -> JSONRaw? {
        replaced.isEmpty ? nil : replaced.first { $0.name.equals(name) }?.text
    }

    /// A field that is there and not null.
    package func present(_ name: StaticString) -> JSONValue? {
        guard let value = object.value(name), value.kind != .null else { return nil }
        return value
    }

    private func value(_ name: StaticString, _ kind: JSONKind) throws(Rejection) -> JSONValue? {
        guard let value = present(name) else { return nil }
        guard value.kind == kind else { throw .invalidMessage }
        return value
    }
}
