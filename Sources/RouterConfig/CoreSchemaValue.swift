import HandlerKit

/// A value of a YAML file as JSON has it, its scalars resolved as YAML 1.2's core schema says (section 10.3.2).
struct CoreSchemaValue: JSONWritable {
    let node: Node

    /// - Parameter text: one value as a file would have it; nil when it is none.
    init?(yaml text: String) {
        guard let root = NodeReader.read(SourceFile(name: "", text: text)).root else { return nil }
        self.init(node: root)
    }

    init(node: Node) { self.node = node }

    func write(to writer: inout JSONWriter) {
        switch node.content {
        case .scalar(let text, quoted: true): writer.string(text)
        case .scalar(let text, quoted: false): write(plain: text, to: &writer)
        case .list(let items): items.map(Self.init).write(to: &writer)
        case .mapping(let members): write(members, to: &writer)
        case .refused: writer.null()
        }
    }

    private func write(plain text: String, to writer: inout JSONWriter) {
        if node.isNull {
            writer.null()
        } else if let switched = ["true": true, "false": false][text.lowercased()] {
            writer.bool(switched)
        } else if let number = Int(text) {
            number.write(to: &writer)
        } else if let number = Double(setting: node.input) {
            writer.double(number)
        } else {
            writer.string(text)
        }
    }

    private func write(_ members: [Node.Member], to writer: inout JSONWriter) {
        writer.beginObject()
        for member in members {
            writer.key(member.key)
            Self(node: member.value).write(to: &writer)
        }
        writer.endObject()
    }
}
