import Seeds

/// A message that a check sends, and how its `ref` has to be answered.
struct SentMessage {
    let text: String
    let ref: Reference

    enum Reference: Equatable {
        /// As JSON.
        case once(String)
        case never
        /// What is no message need not be answered with it.
        case whatever
    }
}

/// Messages of a handler's types: right ones, nearly right ones, and those that nobody means well with.
struct HostileMessages {
    private let forms: [MessageForm]
    private let otherForms: [MessageForm]
    var values: FieldValues
    private var count = 0

    init(_ subject: ConformanceSubject, part: UInt64) {
        forms = subject.forms
        otherForms = subject.otherForms
        values = FieldValues(random: Seeded(subject.seed &* 1_000 &+ part))
    }

    private typealias Member = (name: String, value: String)

    /// - Returns: a message of which every field is right.
    mutating func right(_ text: String? = nil) -> SentMessage {
        count += 1
        let form = form()
        var members = [(name: "type", value: FieldValues.quoted(form.type))]
        for (name, field) in fields(of: form) {
            if let value = values.right(field, text: text) { members.append((name, value)) }
        }
        members.append(("ref", "\(count)"))
        return SentMessage(text: Self.object(members), ref: .once("\(count)"))
    }

    /// - Returns: a message of any kind, right or wrong.
    mutating func next() -> SentMessage {
        count += 1
        if values.random.chance(12) { return broken() }
        let form = form()
        var members = members(of: form)
        let ref = ref(&members)
        if values.random.chance(8) { members.append(("room", room())) }
        if values.random.chance(12) {
            members.append(("key", values.random.chance(4) ? values.hostile() : "\"k\(count)\""))
        }
        if values.random.chance(10) { members.append(("unknown\(count)", values.hostile())) }
        if values.random.chance(3) { members.shuffle(using: &values.random) }
        let text = Self.object(members)
        return text.utf8.count < 10_000 ? SentMessage(text: text, ref: ref) : right()
    }

    /// Now and then one that others answer, so that there is something to look at.
    private mutating func form() -> MessageForm {
        !otherForms.isEmpty && values.random.chance(3) ? values.random.pick(otherForms) : values.random.pick(forms)
    }

    private mutating func members(of form: MessageForm) -> [Member] {
        var members: [Member] = [("type", FieldValues.quoted(form.type))]
        let fields = fields(of: form)
        let isRight = values.random.chance(2)
        let wrong = fields.isEmpty ? 0 : Int.random(in: 0..<fields.count, using: &values.random)
        for (index, (name, field)) in fields.enumerated() {
            let isWrong = !isRight && (index == wrong || values.random.chance(5))
            if isWrong && values.random.chance(4) { continue }
            if let value = isWrong ? values.hostile() : values.right(field) { members.append((name, value)) }
        }
        return members
    }

    /// The fields of a form; where it names none, some that messages of chats have.
    private mutating func fields(of form: MessageForm) -> [(String, Field)] {
        if !form.fields.isEmpty { return form.fields.map { ($0.key, $0.value) } }
        return [
            ("content", .string("")), ("name", .string("")), ("to_id", .id("")), ("url", .string("")),
        ].filter { _ in values.random.happens(3, in: 4) }
    }

    private mutating func ref(_ members: inout [Member]) -> SentMessage.Reference {
        switch Int.random(in: 0..<10, using: &values.random) {
        case 0: return .never
        case 1:
            members.append(
                (
                    "ref",
                    values.random.pick([
                        #""""#, "1.5", "true", "[]", "{}", "1e3", "\"\(String(repeating: "r", count: 65))\"",
                    ])
                ))
            return members.last?.value == #""""# ? .once(#""""#) : .never
        case 2:
            members.append(("ref", "null"))
            return .never
        case 3...5: members.append(("ref", "\"r\(count)\""))
        default: members.append(("ref", "\(count)"))
        }
        return .once(members.last?.value ?? "")
    }

    private mutating func room() -> String {
        values.random.chance(3) ? values.hostile() : FieldValues.quoted(values.random.pick(values.rooms + ["nowhere"]))
    }

    /// What is no message: of no type, an unknown one, or no JSON at all.
    private mutating func broken() -> SentMessage {
        let type = FieldValues.quoted(form().type)
        let text = values.random.pick([
            "", "{", "[]", "5", "null", #""x""#, "{}", #"{"type":null}"#, #"{"type":5}"#, #"{"type":"no-such-type"}"#,
            #"{"type":\#(type),}"#, #"{"type":\#(type),"content":"\ud800"}"#, #"{"type":\#(type),"a":NaN}"#,
            #"{"type":\#(type),"type":\#(type)}"#, #"{"type":\#(type),"content":"a","content":"b","ref":1}"#,
            #"{"type":\#(type)} x"#, "{\"type\":\(type),\"content\":\"\u{1}\"}", #"{"type":[\#(type)]}"#,
            #"{"type":\#(type),"a":\#(String(repeating: "[", count: 200))\#(String(repeating: "]", count: 200))}"#,
        ])
        return SentMessage(text: text, ref: .whatever)
    }

    private static func object(_ members: [Member]) -> String {
        "{" + members.map { "\(FieldValues.quoted($0.name)):\($0.value)" }.joined(separator: ",") + "}"
    }
}
