import JSONWire
import NIOCore

/// What a handler sees of the router while it handles something, and where it says what is to be done.
///
/// Effects are carried out in the order they were given when the handlers of the message have returned, and none when one threw.
public struct Context: ~Copyable {
    /// Those who are online.
    public package(set) var users = Users()
    public package(set) var time = Time()
    public package(set) var server = ServerInfo()
    /// Whose message, coming or going this is about.
    public package(set) var sender = User(id: 0, name: "", connectedAt: 0, slot: 0)

    package var effects: [Effect] = []
    /// The contents of the effects, as JSON, one after the other.
    package var contents = ByteBuffer()

    package init() {}

    /// Tells the sender something: `type`, `content`, `timestamp`, and then the members of `extra`.
    public mutating func reply(_ type: StaticString, _ content: some JSONWritable, adding extra: JSONMembers? = nil) {
        let content = write(content)
        effects.append(.reply(type, content, extra: extra.map { write($0) }))
    }

    public mutating func reply(_ type: StaticString, _ content: JSONMembers) { reply(type, content, adding: nil) }

    /// Tells everyone else on the server something: `type`, `from_id`, `from_name`, `content`, `timestamp`.
    public mutating func announce(_ type: StaticString, _ content: JSONMembers, from origin: Origin = .sender) {
        effects.append(.announce(type, write(content), origin))
    }

    /// Posts to the room that the message is for: it gets an id, and everyone else in the room gets it.
    public mutating func post(_ type: StaticString, _ content: some JSONWritable) {
        effects.append(.post(type, write(content)))
    }

    /// Sends a private message to one user, and a receipt to the sender; both carry its id.
    public mutating func sendPrivately(to user: User, _ content: some JSONWritable) {
        effects.append(.privateMessage(to: user, write(content)))
    }

    /// Gives the sender another name. What follows in this message already carries it.
    public mutating func rename(to name: String) {
        effects.append(.rename(name))
    }

    /// Sends a whole frame to the sender.
    public mutating func send(_ frame: Frame) {
        effects.append(.frame(frame))
    }

    /// The text of an effect's content.
    package func content(_ range: Range<Int>) -> ByteBuffer {
        contents.getSlice(at: range.lowerBound, length: range.count) ?? ByteBuffer()
    }

    package mutating func discardEffects() {
        effects.removeAll(keepingCapacity: true)
        contents.clear()
    }

    private mutating func write(_ content: some JSONWritable) -> Range<Int> {
        let start = contents.writerIndex
        var buffer = ByteBuffer()
        swap(&buffer, &contents)  // the writer's buffer is the only one, or its first write would copy it
        var writer = JSONWriter(into: buffer)
        content.write(to: &writer)
        contents = writer.finish()
        return start..<contents.writerIndex
    }
}

/// Who a frame to everyone comes from.
public enum Origin: Sendable {
    case sender
    /// `from_id` 0, `from_name` "System".
    case system
}

/// What is to be done when the handlers have returned. Contents are ranges of `Context.contents`.
package enum Effect {
    case reply(StaticString, Range<Int>, extra: Range<Int>?)
    case announce(StaticString, Range<Int>, Origin)
    case post(StaticString, Range<Int>)
    case privateMessage(to: User, Range<Int>)
    case rename(String)
    case frame(Frame)
}

/// What does not change while the router runs.
public struct ServerInfo: Sendable {
    /// Unix seconds.
    public package(set) var startedAt: Int64 = 0
    /// The message types that the pipeline takes, sorted.
    public package(set) var types: [String] = []
    /// What a client should know not to exceed (P47).
    public package(set) var limits: JSONMembers = [:]

    package init() {}
}

/// A whole WebSocket message, for handlers that take them as they come.
public struct Frame: Sendable {
    public let isText: Bool
    package let payload: ByteBuffer

    package init(isText: Bool, payload: ByteBuffer) {
        self.isText = isText
        self.payload = payload
    }

    /// The same frame with a text before its own.
    public func prefixed(by text: String) -> Frame {
        guard !text.isEmpty else { return self }
        var bytes = ByteBuffer(string: text)
        bytes.writeImmutableBuffer(payload)
        return Frame(isText: isText, payload: bytes)
    }
}
