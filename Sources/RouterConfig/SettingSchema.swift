import HandlerKit

/// JSON Schema for the values of settings.
///
/// A schema sees values, not how they are written: it can't tell `10s` from `"10s"`, or 16 from `0x10`. What it refuses
/// the router refuses too; what it takes, `router check` looks at more closely.
extension AnySetting {
    /// What an editor shows, offers and underlines.
    var schema: JSONMembers {
        var schema: JSONMembers = ["description": "\(summary) A change applies \(applies.rawValue)."]
        if let value = CoreSchemaValue(yaml: text) { schema.append(["default": value]) }
        schema.append(kind.schema(bounds))
        return schema
    }
}

extension SettingKind {
    /// - Parameter bounds: those of the value itself; a list's entries have none.
    func schema(_ bounds: SettingBounds? = nil) -> JSONMembers {
        switch self {
        case .integer: Self.number("integer", bounds)
        case .number: Self.number("number", bounds)
        case .boolean: ["type": "boolean"]
        case .text: ["type": ["string", "number", "boolean"]]
        case .form(_, let pattern): ["type": "string", "pattern": pattern]
        case .duration: Self.duration(bounds)
        case .byteCount: ["anyOf": [Self.number("integer", bounds, or: 0), Self.text(ByteCount.unitPattern)]]
        case .words(let words): ["enum": words]
        case .list(let element): ["type": "array", "items": element.schema()]
        case .names(let count, let bytes): Self.names(count, bytes)
        case .value: ["not": ["type": "null"] as JSONMembers]
        }
    }

    /// A schema counts characters, of which a text has no more than bytes, and one if it has any.
    private static func names(_ count: ClosedRange<Int>, _ bytes: ClosedRange<Int>) -> JSONMembers {
        var name = SettingKind.text.schema()
        name.append(["minLength": min(1, bytes.lowerBound), "maxLength": bytes.upperBound])
        return [
            "type": "array", "minItems": count.lowerBound, "maxItems": count.upperBound, "uniqueItems": true,
            "items": name,
        ]
    }

    private static func text(_ pattern: String) -> JSONMembers { ["type": "string", "pattern": pattern] }

    /// Zero needs no unit, where it is allowed at all.
    private static func duration(_ bounds: SettingBounds?) -> JSONMembers {
        let takesZero = bounds.map { ($0.least as? Duration ?? .zero) <= .zero } ?? true
        let text = text(Duration.unitPattern)
        let zero: JSONMembers = ["const": 0]
        return takesZero ? ["anyOf": [zero, text]] : text
    }

    /// - Parameter least: the least value where there are no bounds.
    private static func number(_ type: String, _ bounds: SettingBounds?, or least: Int? = nil) -> JSONMembers {
        var schema: JSONMembers = ["type": type]
        if let least = bounds?.least.json ?? least { schema.append(["minimum": least]) }
        if let most = bounds?.most?.json { schema.append(["maximum": most]) }
        return schema
    }
}

extension SettingValue {
    /// A bound as a schema compares numbers with it.
    fileprivate var json: (any JSONWritable)? {
        switch self {
        case let value as Int: value
        case let value as Double: value
        case let value as ByteCount: value.bytes
        default: nil
        }
    }
}
