extension SettingInput {
    /// The little YAML in which settings write their values: plain and quoted scalars, and lists of them.
    init(written text: String) {
        var rest = text[...].drop { $0 == " " }
        self = Self.value(&rest, in: rest.hasPrefix("[") ? "," : nil)
    }

    /// Gives the setting of that name this value.
    ///
    /// - Throws: `ScriptFault` when there is none, or when it refuses the value.
    func assign(to name: String, of owner: Any, called written: String) throws {
        let known = settings(of: owner)
        guard let setting = known.first(where: { $0.name == name })?.setting else {
            let names = known.isEmpty ? "there are none" : "there are " + known.map(\.name).joined(separator: ", ")
            throw ScriptFault("there is no setting \(written); \(names)")
        }
        switch setting.assign(self) {
        case nil: return
        case .wrongType(let expected): throw ScriptFault("\(written) wants \(expected)")
        case .outOfRange(let range): throw ScriptFault("\(written) must be \(range)")
        }
    }

    /// - Parameter comma: set inside a list, where a plain scalar ends at a comma or bracket.
    private static func value(_ rest: inout Substring, in comma: Character?) -> SettingInput {
        if rest.hasPrefix("[") { return list(&rest) }
        if rest.hasPrefix("\"") { return .scalar(quoted(&rest), quoted: true) }
        let plain = rest.prefix { comma == nil || ($0 != "," && $0 != "]") }
        rest = rest.dropFirst(plain.count)
        return .scalar(String(plain.reversed().drop { $0 == " " }.reversed()), quoted: false)
    }

    private static func list(_ rest: inout Substring) -> SettingInput {
        var items: [SettingInput] = []
        rest = rest.dropFirst().drop { $0 == " " }
        while let first = rest.first, first != "]" {
            items.append(value(&rest, in: ","))
            rest = rest.drop { $0 == " " || $0 == "," }
        }
        rest = rest.dropFirst()
        return .list(items)
    }

    private static func quoted(_ rest: inout Substring) -> String {
        var text = ""
        rest = rest.dropFirst()
        while let next = rest.popFirst(), next != "\"" {
            text.unicodeScalars.append(contentsOf: next == "\\" ? escaped(&rest) : Array(next.unicodeScalars))
        }
        return text
    }

    private static func escaped(_ rest: inout Substring) -> [Unicode.Scalar] {
        switch rest.popFirst() {
        case "n": return ["\n"]
        case "u":
            let digits = rest.prefix(4)
            rest = rest.dropFirst(4)
            return UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init).map { [$0] } ?? []
        case let other: return other.map { Array($0.unicodeScalars) } ?? []
        }
    }
}
