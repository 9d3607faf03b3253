/// What a frame's JSON must be: the same types, the same values, the same keys in the same order, and no more.
///
/// In place of a value a bare word may stand: `NOW` (the clock's Unix seconds; `NOW-10` ten seconds before),
/// `LOCALTIME` (the clock as "YYYY-MM-DD HH:MM:SS", local time), `TOKEN` (what resumes a session: 32 hexadecimal digits in
/// lower case), `INT`, `TEXT`, `ANY`. `...` at the end of an object or array allows further members or elements.
indirect enum JSONPattern: Sendable {
    case object([Member], isOpen: Bool)
    case array([JSONPattern], isOpen: Bool)
    case string(String)
    /// A number by its digits: `1.0` is not `1`.
    case number(String)
    /// `true`, `false` or `null`.
    case literal(String)
    case now(offset: Int)
    case localTime
    case token
    case integer, text, any

    struct Member: Sendable {
        let key: String
        let value: JSONPattern
    }
}

/// The first place where a value is not what its pattern says.
struct JSONMismatch {
    var path: String
    let expected: String
    let got: String

    func inside(_ step: String) -> JSONMismatch {
        JSONMismatch(
            path: path.isEmpty || path.hasPrefix("[") ? step + path : "\(step).\(path)", expected: expected, got: got)
    }
}

extension JSONPattern {
    /// - Parameters:
    ///   - value: JSON as it arrived, so without placeholders.
    ///   - clock: what `NOW` and `LOCALTIME` stand for.
    /// - Returns: nil when the value fits.
    func mismatch(_ value: JSONPattern, _ clock: ConversationTime) -> JSONMismatch? {
        switch (self, value) {
        case (.any, _), (.text, .string): nil
        case (.integer, .number(let digits)) where Int(digits) != nil: nil
        case (.now(let offset), .number(let digits)) where digits == String(clock.unixSeconds + offset): nil
        case (.localTime, .string(let text)) where text == clock.localTime: nil
        case (.token, .string(let text)) where Self.isToken(text): nil
        case (.number(let left), .number(let right)) where left == right: nil
        case (.literal(let left), .literal(let right)) where left == right: nil
        // Swift's == takes texts for equal that differ in normalization; contents are passed on byte for byte.
        case (.string(let left), .string(let right)) where left.utf8.elementsEqual(right.utf8): nil
        case (.object(let left, let isOpen), .object(let right, _)): Self.members(left, isOpen, right, clock)
        case (.array(let left, let isOpen), .array(let right, _)): Self.elements(left, isOpen, right, clock)
        default: JSONMismatch(path: "", expected: described(clock), got: value.described(clock))
        }
    }

    private static func members(
        _ expected: [Member], _ isOpen: Bool, _ got: [Member], _ clock: ConversationTime
    ) -> JSONMismatch? {
        for (left, right) in zip(expected, got) {
            guard left.key == right.key else {
                return JSONMismatch(path: "", expected: "key \"\(left.key)\"", got: "key \"\(right.key)\"")
            }
            if let mismatch = left.value.mismatch(right.value, clock) { return mismatch.inside(left.key) }
        }
        let missing = expected.dropFirst(got.count).first.map { "key \"\($0.key)\"" }
        let extra = isOpen ? nil : got.dropFirst(expected.count).first.map { "key \"\($0.key)\"" }
        return Self.difference(missing, extra)
    }

    private static func elements(
        _ expected: [JSONPattern], _ isOpen: Bool, _ got: [JSONPattern], _ clock: ConversationTime
    ) -> JSONMismatch? {
        for (index, (left, right)) in zip(expected, got).enumerated() {
            if let mismatch = left.mismatch(right, clock) { return mismatch.inside("[\(index)]") }
        }
        let missing = expected.dropFirst(got.count).first?.described(clock)
        let extra = isOpen ? nil : got.dropFirst(expected.count).first?.described(clock)
        return Self.difference(missing, extra)
    }

    private static func difference(_ missing: String?, _ extra: String?) -> JSONMismatch? {
        guard missing != nil || extra != nil else { return nil }
        return JSONMismatch(path: "", expected: missing ?? "no more", got: extra ?? "no more")
    }

    /// The pattern as JSON, with the clock's values filled in.
    func described(_ clock: ConversationTime) -> String {
        switch self {
        case .object(let members, let isOpen):
            "{"
                + (members.map { "\"\($0.key)\":\($0.value.described(clock))" } + (isOpen ? ["..."] : []))
                .joined(separator: ",") + "}"
        case .array(let elements, let isOpen):
            "[" + (elements.map { $0.described(clock) } + (isOpen ? ["..."] : [])).joined(separator: ",") + "]"
        case .string(let text): text.debugDescription
        case .number(let text), .literal(let text): text
        case .now(let offset): String(clock.unixSeconds + offset)
        case .localTime: "\"\(clock.localTime)\""
        case .token: "TOKEN"
        case .integer: "INT"
        case .text: "TEXT"
        case .any: "ANY"
        }
    }
}
