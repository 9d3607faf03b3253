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
