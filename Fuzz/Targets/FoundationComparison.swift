import Foundation
import JSONWire
import NIOCore

/// What Foundation's reader makes of the same bytes, and where the two differ on purpose:
///
/// - a comma behind the last member or element: Foundation accepts it, RFC 8259 does not;
/// - duplicate names: ours keeps the last; Foundation's choice is not documented;
/// - a byte order mark, UTF-16 and UTF-32: ours refuses what is not plain UTF-8;
/// - escapes of lone surrogates: ours refuses them;
/// - limits on length, depth and members: ours alone has them, and Foundation stops at a depth of 512;
/// - a root that is no object: ours refuses it;
/// - numbers beyond the doubles: the grammar allows them, so ours accepts the text and gives no value;
/// - numbers that Foundation makes a decimal: as a double they are not always the nearest, so `strtod` is the judge;
/// - U+FEFF at the start of a string or name, or behind an escape in it: Foundation drops it.
package enum FoundationComparison {
    static let limits = JSONLimits(maxBytes: 1 << 20, maxDepth: 64, maxMembers: 100_000)

    /// nil when Foundation refuses the text.
    static func foundation(_ text: [UInt8]) -> Any? {
        try? JSONSerialization.jsonObject(with: Data(text), options: .fragmentsAllowed)
    }

    static func ours(_ text: [UInt8]) -> Result<JSONObject, JSONFault> {
        var object = JSONObject()
        do {
            try object.read(ByteBuffer(bytes: text), limits: limits)
            return .success(object)
        } catch { return .failure(error) }
    }

    /// Whether a text that ours refuses may be one that Foundation accepts.
    static func mayDiffer(_ fault: JSONFault, _ text: [UInt8]) -> Bool {
        switch fault.kind {
        case .notAnObject, .tooDeep, .tooManyMembers, .tooLarge, .loneSurrogate: true
        // A byte order mark, or zeros by which Foundation recognises other encodings.
        default:
            text.starts(with: [0xEF, 0xBB, 0xBF]) || text.prefix(4).contains(0) || text.prefix(2).contains(0xFE)
                || isBehindComma(fault.offset, text)
        }
    }

    /// Whether a bracket that closes stands there, and a comma before it.
    private static func isBehindComma(_ offset: Int, _ text: [UInt8]) -> Bool {
        guard text.indices.contains(offset), Array("]}".utf8).contains(text[offset]) else { return false }
        return text[..<offset].last { !Array(" \t\r\n".utf8).contains($0) } == UInt8(ascii: ",")
    }

    /// Whether a number beyond the doubles stands anywhere in an object.
    static func hasHugeNumber(_ object: JSONObject) -> Bool {
        object.memberNames.contains { name in object.value(named: name).map { isHuge($0, of: object) } ?? false }
    }

    private static func isHuge(_ value: JSONValue, of object: JSONObject) -> Bool {
        switch value.kind {
        case .number: object.double(value) == nil
        case .array: object.elements(value)?.contains { isHuge($0, of: object) } ?? false
        case .object: object.object(value).map(hasHugeNumber) ?? false
        default: false
        }
    }

    /// Whether a value of ours says what Foundation's says, all the way down.
    static func same(_ value: JSONValue, of object: JSONObject, _ other: Any) -> Bool {
        switch value.kind {
        case .null: return other is NSNull
        case .true, .false: return object.bool(value) == other as? Bool
        case .number: return (other as? NSNumber).map { same(number: value, of: object, $0) } ?? false
        case .string:
            guard let string = object.string(value), let other = other as? String else { return false }
            guard object.utf8Length(value) == string.utf8.count else { return false }
            return withoutMarks(string) == withoutMarks(other)
        case .array:
            guard let elements = object.elements(value), let others = other as? [Any] else { return false }
            return elements.count == others.count && zip(elements, others).allSatisfy { same($0, of: object, $1) }
        case .object:
            return object.object(value).map { same($0, other) } ?? false
        }
    }

    private static func withoutMarks(_ string: String) -> [Unicode.Scalar] {
        string.unicodeScalars.filter { $0 != "\u{FEFF}" }
    }

    private static func same(number value: JSONValue, of object: JSONObject, _ other: NSNumber) -> Bool {
        let text = object.withBytes(value) { String(decoding: $0, as: UTF8.self) }
        guard let double = object.double(value), double == strtod(text, nil) else { return false }
        guard (double - other.doubleValue).magnitude <= double.magnitude * 1e-13 else { return false }
        if let integer = object.integer(value) { return Double(integer) == double }
        // No integer, too large for one, or not an integer by so little that the nearest double is one.
        return double != double.rounded() || double.magnitude >= 0x1p53 || double == 0 || text.utf8.count > 17
    }

    /// Foundation's names are keys of a dictionary: those that are canonically equivalent are one.
    private static func key(_ name: String) -> String {
        var key = String.UnicodeScalarView()
        key.append(contentsOf: withoutMarks(name))
        return String(key)
    }

    static func same(_ object: JSONObject, _ other: Any) -> Bool {
        guard let others = other as? [String: Any] else { return false }
        let names = object.memberNames
        let members = Dictionary(others.map { (key($0), $1) }) { first, _ in first }
        guard Set(names.map(key)).count == names.count else { return others.count <= names.count }
        return names.count == others.count
            && names.allSatisfy { name in
                guard let value = object.value(named: name), let other = members[key(name)] else {
                    return false
                }
                return same(value, of: object, other)
            }
    }

    /// False when the two disagree about a text and the reason is none of those above.
    package static func agrees(on text: [UInt8]) -> Bool {
        switch (ours(text), foundation(text)) {
        case (.success(let object), let theirs?): same(object, theirs)
        case (.success(let object), nil): hasHugeNumber(object)
        case (.failure(let fault), .some): mayDiffer(fault, text)
        case (.failure, nil): true
        }
    }

    /// Whether ours takes a text.
    package static func takes(_ text: [UInt8]) -> Bool {
        if case .success = ours(text) { true } else { false }
    }
}
