/// A frame that somebody got, read strictly, by a reader that is not the router's.
struct SeenFrame {
    let text: String
    let members: [JSONPattern.Member]

    /// - Returns: nil when it is no JSON object.
    init?(_ text: String) {
        guard case .object(let members, _) = try? JSONPattern(text, placeholders: false) else { return nil }
        (self.text, self.members) = (text, members)
    }

    subscript(name: String) -> JSONPattern? { members.first { $0.key == name }?.value }

    var type: String { if case .string(let type) = self["type"] { type } else { "" } }
    var room: String? { if case .string(let room) = self["room"] { room } else { nil } }
    var ref: String? { self["ref"]?.json }
    var id: Int? { if case .number(let digits) = self["id"] { Int(digits) } else { nil } }

    /// `content.code` of an error.
    var code: String? {
        guard type == "error", case .object(let members, _) = self["content"],
            case .string(let code) = members.first(where: { $0.key == "code" })?.value
        else { return nil }
        return code
    }

    /// What of it is not as protocol.md has every frame: the members, their order, none twice.
    var faultOfForm: String? {
        if let twice = Self.twice(members) ?? self["content"].flatMap(Self.twice) { return "has \(twice) twice" }
        let names = members.map(\.key)
        let starts = [["type"], ["type", "ref"], ["type", "from_id", "from_name"], ["type", "to_id", "to_name"]]
        guard starts.contains(where: { names.starts(with: $0 + ["content", "timestamp"]) }) else {
            return "does not have the members of a frame in their order, but \(names.joined(separator: ", "))"
        }
        return type.isEmpty ? "has no type" : nil
    }

    private static func twice(_ value: JSONPattern) -> String? {
        if case .object(let members, _) = value { twice(members) } else { nil }
    }

    private static func twice(_ members: [JSONPattern.Member]) -> String? {
        var seen: Set<[UInt8]> = []
        return members.first { !seen.insert(Array($0.key.utf8)).inserted }?.key
    }
}

extension JSONPattern {
    /// A scalar as JSON text.
    fileprivate var json: String {
        switch self {
        case .string(let text): FieldValues.quoted(text)
        case .number(let text), .literal(let text): text
        default: ""
        }
    }

    /// Whether the value is what a declared field holds.
    func fits(_ field: Field) -> Bool {
        switch (field, self) {
        case (.string, .string), (.list, .array), (.object, .object), (.number, .number): true
        case (.integer, .number(let digits)), (.id, .number(let digits)): Int(digits) != nil
        case (.bool, .literal(let word)): word != "null"
        case (.optional(let inner), let value): value.isNull || value.fits(inner)
        default: false
        }
    }

    private var isNull: Bool { if case .literal("null") = self { true } else { false } }
}

extension MessageForm {
    /// What of a frame's content is not as this form says.
    func mismatch(_ frame: SeenFrame) -> String? {
        guard let value = frame["content"] else { return "has no content" }
        if let content { return value.fits(content) ? nil : "has a content that is not what is declared" }
        guard !fields.isEmpty else { return nil }
        guard case .object(let members, _) = value else { return "has no object as content, which is declared" }
        for (name, field) in fields {
            let value = members.first { $0.key == name }?.value
            guard value?.fits(field) ?? field.isOptional else {
                return "has \(value == nil ? "no" : "another kind of") \(name) than declared in its content"
            }
        }
        let names = fields.map(\.key)
        return members.first { !names.contains($0.key) }.map { "has \($0.key) in its content, which is not declared" }
    }
}

extension Field {
    fileprivate var isOptional: Bool { if case .optional = self { true } else { false } }
}
