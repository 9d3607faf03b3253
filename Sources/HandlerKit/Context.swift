import JSONWire
import NIOCore

/// What a handler sees of the router while it handles something, and where it says what is to be done.
///
/// Effects are carried out in the order they were given when the handlers of the message have returned, and none when one
/// threw. What names a room that there is not is logged as an error and not done.
public struct Context: ~Copyable {
    /// Those who are online.
    public package(set) var users = Users()
    public package(set) var rooms = Rooms(["general"])
    public package(set) var time = Time()
    public package(set) var server = ServerInfo()
    /// Whose message, coming or going this is about; `User.system` when nobody's.
    public package(set) var sender = User.system
    /// What lets the sender come back to its session (P46); only in `admitted`, and nil where that can't be.
    public package(set) var resumeToken: String?
    public package(set) var archive: any PostArchive

    /// The place in the pipeline of the handler that is called.
    package var handler = 0
    package var effects: [Effect] = []
    /// The contents of the effects, as JSON, one after the other.
    package var contents = ByteBuffer()
    /// What an asynchronous handler wants to wait for, and what came of it.
    package var work: (@Sendable () async throws -> any Sendable)?
    package var outcome: Result<any Sendable, any Error>?

    package init(archive: any PostArchive) { self.archive = archive }

    /// The room that a message is for: the one it names, or the one that its sender joined last (P37).
    ///
    /// - Throws: `room_not_found`, `not_in_room`, or P17 when `room` is no string.
    public func room(of message: Message) throws(Rejection) -> String { rooms.names[try roomNumber(of: message)] }

    /// Tells the sender something: `type`, `content`, `timestamp`, and then the members of `extra`.
    public mutating func reply(_ type: StaticString, _ content: some JSONWritable, adding extra: JSONMembers? = nil) {
        send(type, content, to: sender, adding: extra)
    }

    public mutating func reply(_ type: StaticString, _ content: JSONMembers) { reply(type, content, adding: nil) }

    /// Tells the sender something as `reply` does, with content that many are told: they share its bytes.
    public mutating func reply(_ type: StaticString, sharing content: JSONRaw, adding extra: JSONMembers? = nil) {
        effects.append(.share(type, content.text, extra: extra.map { write($0) }, to: sender.place))
    }

    /// Tells the sender something that comes later, unless it is nil: what the sender sends meanwhile waits behind that.
    public mutating func reply(
        _ type: StaticString, awaiting text: @escaping @Sendable () async throws -> JSONRaw?, adding extra: JSONMembers
    ) {
        effects.append(.tellLater(type, text, extra: write(extra), for: handler))
    }

    public mutating func send(_ type: StaticString, _ content: JSONMembers, to user: User) {
        send(type, content, to: user, adding: nil)
    }

    /// Tells one user something, as `reply` does; nothing happens when that user has gone.
    public mutating func send(
        _ type: StaticString, _ content: some JSONWritable, to user: User, adding extra: JSONMembers? = nil
    ) {
        let content = write(content)
        effects.append(.send(type, content, extra: extra.map { write($0) }, to: user.place))
    }

    /// Tells everyone else something, on the server or in a room: `type`, `from_id`, `from_name`, `content`,
    /// `timestamp`, and then the members of `extra`. When it is `droppable`, a client that is behind does not get it.
    public mutating func announce(
        _ type: StaticString, _ content: JSONMembers, from origin: Origin = .sender, in room: String? = nil,
        adding extra: JSONMembers? = nil, droppable: Bool = false
    ) {
        let content = write(content)
        effects.append(.announce(type, content, extra: extra.map { write($0) }, origin, scope(room), droppable))
    }

    /// Posts to a room: it gets an id, and everyone else in the room gets it.
    ///
    /// Without `room` it is the one that the message is for; then it is refused unless the sender is in it.
    public mutating func post(_ type: StaticString, _ content: some JSONWritable, in room: String? = nil) {
        effects.append(.post(type, write(content), scope(room)))
    }

    /// Sends a private message to one user, and a receipt to the sender; both carry its id.
    public mutating func sendPrivately(to user: User, _ content: some JSONWritable) {
        effects.append(.privateMessage(write(content), to: user.place))
    }

    /// Gives the sender another name. What follows in this message already carries it.
    public mutating func rename(to name: String) { effects.append(.rename(name)) }

    /// Has the sender join a room, or join it once more; without `staying` it leaves all others. `entered` follows.
    public mutating func join(_ room: String, staying: Bool = false) {
        effects.append(.join(scope(room), staying: staying))
    }

    /// Has the sender leave a room. Who is in no other then is back in the first. `exited` follows.
    public mutating func leave(_ room: String) { effects.append(.leave(scope(room))) }

    /// Ends a user's connection: an `error` with the rejection's code, and the close code that belongs to it (P48).
    public mutating func close(_ user: User, _ rejection: Rejection) { effects.append(.close(user.place, rejection)) }

    /// Has `woken` called for the sender, once, unless it leaves before that or asks again: then the last time counts.
    public mutating func wake(after delay: Duration) { effects.append(.wake(delay, for: handler)) }

    /// Sends a whole frame to the sender.
    public mutating func send(_ frame: Frame) { effects.append(.frame(frame)) }

    package func roomNumber(of message: Message) throws(Rejection) -> Int {
        guard let name = try message.string("room") else { return rooms.numbers(joinedBy: sender).last ?? 0 }
        guard let number = rooms.number(of: name) else { throw Rejection(.roomNotFound, "Room not found") }
        guard rooms.numbers(joinedBy: sender).contains(number) else {
            throw Rejection(.notInRoom, "You are not in this room")
        }
        return number
    }

    private func scope(_ room: String?) -> Scope {
        room.map { rooms.number(of: $0).map(Scope.room) ?? .unknown($0) } ?? .whole
    }

    private mutating func write(_ content: some JSONWritable) -> Range<Int> {
        let start = contents.writerIndex
        content.write(behind: &contents)
        return start..<contents.writerIndex
    }
}

/// Who a frame to everyone comes from; the system has `from_id` 0 and `from_name` "System".
public enum Origin: Sendable { case sender, system }

/// What is to be done when the handlers have returned. Contents are ranges of `Context.contents`.
package enum Effect {
    case send(StaticString, Range<Int>, extra: Range<Int>?, to: User.Place)
    case share(StaticString, ByteBuffer, extra: Range<Int>?, to: User.Place)
    case tellLater(StaticString, @Sendable () async throws -> JSONRaw?, extra: Range<Int>, for: Int)
    case announce(StaticString, Range<Int>, extra: Range<Int>?, Origin, Scope, Bool)
    case post(StaticString, Range<Int>, Scope)
    case privateMessage(Range<Int>, to: User.Place)
    case rename(String), join(Scope, staying: Bool), leave(Scope)
    indirect case close(User.Place, Rejection)
    case wake(Duration, for: Int), frame(Frame)
}

/// Where an effect reaches: a room by its number, or whatever the effect means without one.
package enum Scope { case whole, room(Int), unknown(String) }

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

    package init(isText: Bool, payload: ByteBuffer) { (self.isText, self.payload) = (isText, payload) }

    /// The same frame with a text before its own.
    public func prefixed(by text: String) -> Frame {
        var bytes = ByteBuffer(string: text)
        bytes.writeImmutableBuffer(payload)
        return Frame(isText: isText, payload: bytes)
    }
}
