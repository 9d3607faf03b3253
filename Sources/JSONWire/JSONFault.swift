/// Why a text was refused, and where.
public struct JSONFault: Error, Equatable, Sendable {
    public enum Kind: String, Equatable, Sendable, CaseIterable {
        /// A valid JSON text, but its value is no object.
        case notAnObject = "the text is JSON, but no object"
        /// Longer than ``JSONLimits/maxBytes``.
        case tooLarge = "the text is too long"
        /// More than ``JSONLimits/maxDepth`` objects and arrays open at once.
        case tooDeep = "objects and arrays are nested too deeply"
        /// More than ``JSONLimits/maxMembers`` members and elements.
        case tooManyMembers = "too many members and elements"
        /// A byte that cannot stand here (RFC 8259, section 2).
        case unexpectedByte = "unexpected byte"
        /// The text ends within a value, or is empty.
        case unexpectedEnd = "unexpected end of the text"
        /// A backslash without one of `"\/bfnrt`, or `\u` without four hexadecimal digits (section 7).
        case badEscape = "unknown escape in a string"
        /// Half of a surrogate pair, which stands for no character (section 8.2).
        case loneSurrogate = "half of a surrogate pair in a string"
        /// Not a number as section 6 writes it: a leading zero or `+`, or a digit missing.
        case badNumber = "malformed number"
        /// A byte below 0x20 in a string (section 7).
        case controlCharacter = "control character in a string"
        /// Anything but white space after the value.
        case trailingBytes = "bytes after the end of the value"
        /// Not UTF-8 (section 8.1).
        case invalidUTF8 = "the text is not UTF-8"
    }

    public let kind: Kind
    /// Of the first byte that cannot be right, counted in bytes from the start of the text.
    public let offset: Int

    public init(kind: Kind, offset: Int) {
        self.kind = kind
        self.offset = offset
    }
}

extension JSONFault: CustomStringConvertible {
    public var description: String { "\(kind.rawValue) at byte \(offset)" }
}
