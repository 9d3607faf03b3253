import HandlerKit

/// What a handler declares of messages and frames.
extension HandlerReference {
    /// Paragraphs about the messages it takes part in, and the frames it sends.
    var messages: [String] {
        (part.map { [$0] } ?? []) + taken.map { $0.text("Message \($0.type)") }
            + handler.sends.map { $0.text("Frame \($0.type), to \($0.receiver?.rawValue ?? "nobody")") }
    }

    private var part: String? {
        let types = handler.types
        guard !types.takesFrames else { return "Takes every frame as it is, text or binary; no JSON is read." }
        guard let names = types.names else { return "Looks at every message on its way." }
        guard !names.isEmpty else { return nil }
        return "\(types.finishes ? "Answers" : "Looks at, on their way"): \(names.joined(separator: ", "))."
    }

    /// The messages of which more is declared than their type.
    var taken: [MessageForm] { (handler.types.forms ?? []).filter { !$0.help.isEmpty || !$0.fields.isEmpty } }

    /// The same for a program. Without `types` it takes part in all there are.
    var messageMembers: JSONMembers {
        let types = handler.types
        let part = types.takesFrames ? "frames" : types.finishes ? "answers" : "passes"
        return ["part": part, "types": types.names]
    }

    /// The forms for a program.
    var formMembers: JSONMembers {
        ["messages": taken.map(FormReference.init), "frames": handler.sends.map(FormReference.init)]
    }
}

extension MessageForm {
    /// A line for the whole, and one for each field.
    fileprivate func text(_ title: String) -> String {
        let whole = content.map { [("content", $0)] } ?? fields.map { ($0.key, $0.value) }
        let lines = whole.map { name, field in "\n  \(name) (\(field.nature)): \(field.help)" }
        return "\(title): \(help)" + lines.joined()
    }
}

extension Field {
    /// What it holds: "string", "list".
    var kind: String { parts.kind }
    /// What that means.
    var help: String { parts.help }
    var isOptional: Bool { if case .optional = self { true } else { false } }
    /// "string, optional"
    var nature: String { isOptional ? "\(kind), optional" : kind }

    private var parts: (kind: String, help: String) {
        switch self {
        case .string(let help): ("string", help)
        case .integer(let help): ("integer", help)
        case .number(let help): ("number", help)
        case .bool(let help): ("true or false", help)
        case .id(let help): ("id", help)
        case .list(let help): ("list", help)
        case .object(let help): ("object", help)
        case .optional(let field): field.parts
        }
    }
}

/// A message or frame as JSON for a program.
private struct FormReference: JSONWritable {
    let form: MessageForm

    func write(to writer: inout JSONWriter) {
        var members: JSONMembers = ["type": form.type, "help": form.help]
        if let receiver = form.receiver { members.append(["receiver": receiver.rawValue]) }
        if let content = form.content {
            members.append(["content": FieldReference(name: nil, field: content)])
        } else {
            members.append(["fields": form.fields.map { FieldReference(name: $0.key, field: $0.value) }])
        }
        members.write(to: &writer)
    }
}

/// A field as JSON for a program; `content` of a frame has no other name.
private struct FieldReference: JSONWritable {
    let name: String?
    let field: Field

    func write(to writer: inout JSONWriter) {
        var members: JSONMembers = name.map { ["name": $0] } ?? [:]
        members.append(["kind": field.kind, "optional": field.isOptional, "help": field.help])
        members.write(to: &writer)
    }
}
