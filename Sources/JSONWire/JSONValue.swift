/// What a value is (RFC 8259, section 3).
public enum JSONKind: UInt8, Sendable {
    case object, array, string, number, `true`, `false`, null
}

/// Where a value stands in the text of its ``JSONObject``; meaningless apart from it, and once that has read another text.
public struct JSONValue: Sendable {
    private let start: UInt32
    private let end: UInt32
    public let kind: JSONKind
    /// Whether a string's text holds a backslash, so that what it says differs from what it looks like. False for anything but strings.
    public let hasEscapes: Bool

    /// The value's bytes within the text, counted from its first byte; the quotes of a string included.
    public var range: Range<Int> { Range(uncheckedBounds: (Int(start), Int(end))) }

    public var isEmptyString: Bool { kind == .string && end &- start == 2 }

    /// - Parameter range: ordered, and below 2^32, as the reader only takes texts whose length is.
    init(_ kind: JSONKind, _ range: Range<Int>, hasEscapes: Bool = false) {
        self.start = UInt32(truncatingIfNeeded: range.lowerBound)
        self.end = UInt32(truncatingIfNeeded: range.upperBound)
        self.kind = kind
        self.hasEscapes = hasEscapes
    }
}

/// A member of the root object: its name as a string value, and its value.
struct Member {
    let name: JSONValue
    /// Of the name as it is written, so that most names are told apart without a look at the text.
    let edges: ByteScan.Edges
    let value: JSONValue
}
