/// The header fields of a request or a response, in their order; names are compared without regard to case.
public struct HeaderFields: Sendable, Equatable {
    /// One line of a head.
    public struct Field: Sendable, Equatable {
        public let name: String
        public let value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public private(set) var fields: [Field]

    public init(_ fields: [Field] = []) { self.fields = fields }

    public mutating func append(_ name: String, _ value: String) {
        fields.append(Field(name, value))
    }

    /// The values of every field of that name, in order.
    public func values(_ name: String) -> [String] {
        fields.compactMap { $0.name.equalsIgnoringCase(name) ? $0.value : nil }
    }

    /// The value of the first field of that name.
    public func first(_ name: String) -> String? {
        fields.first { $0.name.equalsIgnoringCase(name) }?.value
    }

    /// The members of a comma-separated list, which may be spread over several fields (RFC 9110, section 5.6.1).
    public func list(_ name: String) -> [Substring] {
        var members: [Substring] = []
        for field in fields where field.name.equalsIgnoringCase(name) {
            for member in field.value.utf8.split(separator: UInt8(ascii: ",")) {
                let member = Substring(member).trimmingOptionalWhitespace
                if !member.isEmpty { members.append(member) }
            }
        }
        return members
    }

    /// Whether a list has `token` among its members, in any case.
    public func contains(_ name: String, token: String) -> Bool {
        list(name).contains { $0.equalsIgnoringCase(token) }
    }

    /// Puts one value in the place of all that the field had.
    mutating func replace(_ name: String, with value: String) {
        fields.removeAll { $0.name.equalsIgnoringCase(name) }
        append(name, value)
    }
}

extension HeaderFields: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, String)...) {
        self.init(elements.map { Field($0.0, $0.1) })
    }
}

extension StringProtocol {
    /// Compares as HTTP does: letters of ASCII in any case, all other bytes exactly.
    func equalsIgnoringCase(_ other: some StringProtocol) -> Bool {
        utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8) { $0.lowercasedASCII == $1.lowercasedASCII }
    }
}

extension Substring {
    /// Without the spaces and tabs at both ends (RFC 9110, section 5.6.3).
    var trimmingOptionalWhitespace: Substring {
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        guard let start = utf8.firstIndex(where: { !isBlank($0) }) else { return self[endIndex...] }
        let last = utf8.lastIndex { !isBlank($0) } ?? start
        return self[start..<utf8.index(after: last)]
    }
}

extension UInt8 {
    var lowercasedASCII: UInt8 { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= self ? self | 0x20 : self }

    var isASCIIDigit: Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= self }

    /// A character of a token, which names of methods and fields are (RFC 9110, section 5.6.2).
    var isTokenCharacter: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "!"), UInt8(ascii: "#")...UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"): true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "^")...UInt8(ascii: "`"): true
        case UInt8(ascii: "|"), UInt8(ascii: "~"): true
        default: false
        }
    }
}
