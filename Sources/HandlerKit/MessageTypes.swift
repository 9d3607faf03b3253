/// The messages that a handler takes part in, and how.
///
///     static let types: MessageTypes = ["set_name"]              // it answers them: they end here
///     static let types = MessageTypes.passing("message")         // it looks at them on their way
///     static let types = MessageTypes.all                        // it looks at whatever comes
///     static let types = MessageTypes.frames                     // it takes whole frames; no JSON is read
///
/// In place of a name alone stands a ``MessageForm`` where the reference should say what the message holds.
public struct MessageTypes: Sendable, ExpressibleByArrayLiteral {
    package enum Part: Sendable { case finishes, passes, takesFrames }
    package let part: Part
    /// What the messages look like; nil for all there are.
    public let forms: [MessageForm]?

    private init(_ part: Part, _ forms: [MessageForm]?) {
        self.part = part
        self.forms = forms
    }

    public init(arrayLiteral forms: MessageForm...) { self.init(.finishes, forms) }
    public static func passing(_ forms: MessageForm...) -> MessageTypes { MessageTypes(.passes, forms) }
    public static let all = MessageTypes(.passes, nil)
    public static let frames = MessageTypes(.takesFrames, [])

    /// The types by name; nil for all.
    public var names: [String]? { forms?.map(\.type) }
    /// Whether messages of these types end here; otherwise they are only looked at on their way.
    public var finishes: Bool { part == .finishes }
    public var takesFrames: Bool { part == .takesFrames }
}

/// What a message or frame looks like: its type, what it is for, and its fields.
public struct MessageForm: Sendable, ExpressibleByStringLiteral {
    public let type: String
    public let help: String
    /// Of a message, beside `type`, `ref` and `key`; of a frame, the members of its `content`.
    public let fields: KeyValuePairs<String, Field>
    /// What `content` of a frame is when it is no object.
    public let content: Field?
    /// Who gets a frame; nil for messages of clients.
    public let receiver: Receiver?

    /// Who gets a frame.
    public enum Receiver: String, Sendable {
        case sender = "the sender"
        case user = "another user"
        case room = "the others in the room"
        case everyone = "everyone else on the server"
    }

    public init(stringLiteral type: String) { self.init(type, "") }

    /// A message that clients send.
    public init(_ type: String, _ help: String, _ fields: KeyValuePairs<String, Field> = [:]) {
        (self.type, self.help, self.fields, content, receiver) = (type, help, fields, nil, nil)
    }

    /// A frame with an object as `content`.
    public init(_ type: String, to receiver: Receiver, _ help: String, _ fields: KeyValuePairs<String, Field>) {
        (self.type, self.help, self.fields, content, self.receiver) = (type, help, fields, nil, receiver)
    }

    /// A frame with something else as `content`.
    public init(_ type: String, to receiver: Receiver, _ help: String, content: Field) {
        (self.type, self.help, fields, self.content, self.receiver) = (type, help, [:], content, receiver)
    }
}

/// What a field holds, and what that means.
public indirect enum Field: Sendable {
    case string(String), integer(String), number(String), bool(String), id(String), list(String), object(String)
    /// It may be missing or null.
    case optional(Field)
}
