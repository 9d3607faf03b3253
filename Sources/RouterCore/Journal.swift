import NIOCore

/// Where posts, private messages and sessions become durable before anybody is told of them.
///
/// The router hands over one group at a time, and no further one before the last is done: what comes meanwhile shares the
/// next. Reading goes on beside that.
public protocol Journal: AnyObject, Sendable {
    /// Commits a group as one: all of it, or nothing.
    ///
    /// - Parameter done: called once, on any thread: with nil when the group is on disk and stays there whatever happens
    ///   to the process or the machine.
    func commit(_ group: JournalGroup, _ done: @escaping @Sendable (JournalFailure?) -> Void)

    /// The newest posts of a room whose ids are below `before`, oldest first; at most `limit`, and at most `maxBytes` of
    /// names and contents, but one always.
    func page(of room: String, before: Int64, limit: Int, maxBytes: Int) async throws(JournalFailure) -> [JournalRow]

    /// How many posts and private messages somebody has missed.
    ///
    /// - Parameter most: counts no further than one more than these.
    /// - Returns: nil when some of them may not be kept any more.
    func count(_ missed: Missed, most: Int) async throws(JournalFailure) -> Int?

    /// The first of them, by id; at most `limit`, and at most `maxBytes` of names and contents, but one always.
    ///
    /// - Returns: nil when some of them may not be kept any more.
    func page(of missed: Missed, limit: Int, maxBytes: Int) async throws(JournalFailure) -> [JournalRow]?

    /// What a session has sent with a key, the newest first (P31).
    func keys(of session: Int64, limit: Int) async throws(JournalFailure) -> [JournalKey]

    /// Nothing is handed over any more: returns when all that was handed over is done, and the files are closed.
    func close() async

    /// What the log calls it: the path of its file.
    var place: String { get }
}

/// Why the journal could not do what it was asked for.
public struct JournalFailure: Error, Sendable, CustomStringConvertible {
    /// One line for the log: what failed, and the system's words for why.
    public let description: String
    public init(_ description: String) { self.description = description }
}

/// What a journal holds when it is opened.
public struct JournalContents: Sendable {
    /// Ids above every one ever given out.
    public var ids = IdSource()
    /// By room, in the order of the configuration: the newest posts, oldest first.
    public var newest: [[JournalRow]] = []
    /// The rooms of which these are all posts, as far as that is known.
    var whole: Set<Int> = []
    /// Sessions that can be resumed.
    public var sessions: [SessionRecord] = []

    public init() {}
}

/// What becomes durable together: what one turn of the router has brought.
public struct JournalGroup: Sendable {
    public private(set) var entries: [Entry] = []
    /// What the entries' ranges are of.
    public private(set) var bytes = ByteBuffer()
    /// Ids up to these count as given out; nil when nothing changes.
    public var lastUser: Int64?
    public var lastMessage: Int64?
    /// Whether these are exact, and what was set aside above them is free again: no further id is given out.
    public internal(set) var isLast = false
    /// Sessions that are new or have changed, as they are now.
    public var sessions: [SessionRecord] = []
    /// Sessions that can't be resumed any more.
    public var forgotten: [Int64] = []

    public struct Entry: Sendable {
        public let id: Int64
        /// Unix seconds.
        public let timestamp: Int64
        public let type: StaticString
        /// The id of the user who sent it, which is its session's as well.
        public let sender: Int64
        /// As JSON, in `bytes`.
        public let senderName: Range<Int>
        public let target: Target
        /// As JSON, in `bytes`; nil for a private message that is not to be kept: of such a one with a key it is only kept
        /// that it was sent.
        public let content: Range<Int>?
        public internal(set) var key: Key?

        public init(
            id: Int64, timestamp: Int64, type: StaticString, sender: Int64, senderName: Range<Int>,
            target: Target, content: Range<Int>?, key: Key? = nil
        ) {
            (self.id, self.timestamp, self.type, self.sender) = (id, timestamp, type, sender)
            (self.senderName, self.target, self.content, self.key) = (senderName, target, content, key)
        }
    }

    public enum Target: Sendable {
        /// The number of the room, in the order of the configuration.
        case room(Int)
        /// A user's id, and the name as JSON in `bytes`.
        case user(Int64, name: Range<Int>)
    }

    public struct Key: Sendable {
        /// UTF-8, in `bytes`.
        public let text: Range<Int>
        /// Tells messages with the same key apart.
        public let digest: UInt64

        public init(text: Range<Int>, digest: UInt64) { (self.text, self.digest) = (text, digest) }
    }

    public var isEmpty: Bool {
        entries.isEmpty && sessions.isEmpty && forgotten.isEmpty && lastUser == nil && lastMessage == nil
    }

    public init() {}

    public mutating func add(_ entry: Entry) { entries.append(entry) }

    mutating func setKey(_ text: String, _ digest: UInt64, ofEntry id: Int64) {
        guard let place = entries.lastIndex(where: { $0.id == id }) else { return }
        var text = text
        let range = text.withUTF8 { keep(UnsafeRawBufferPointer($0)) }
        entries[place].key = Key(text: range, digest: digest)
    }

    /// Keeps bytes for an entry.
    public mutating func keep(_ bytes: UnsafeRawBufferPointer) -> Range<Int> {
        let start = self.bytes.writerIndex
        self.bytes.writeBytes(bytes)
        return start..<self.bytes.writerIndex
    }

    /// Ready for the next turn. Storage is kept for it unless it grew large.
    public mutating func clear() {
        if bytes.capacity > 1 << 20 { self = JournalGroup() }
        entries.removeAll(keepingCapacity: true)
        bytes.clear()
        sessions.removeAll(keepingCapacity: true)
        forgotten.removeAll(keepingCapacity: true)
        (lastUser, lastMessage, isLast) = (nil, nil, false)
    }
}

/// A post or private message as it is read again.
public struct JournalRow: Sendable, Equatable {
    public let id: Int64
    public let timestamp: Int64
    public let type: String
    public let sender: Int64
    /// The sender's name at that time, as JSON.
    public let senderName: ByteBuffer
    /// Nil for a private message.
    public let room: String?
    /// As JSON.
    public let content: ByteBuffer

    public init(
        id: Int64, timestamp: Int64, type: String, sender: Int64, senderName: ByteBuffer, room: String?,
        content: ByteBuffer
    ) {
        (self.id, self.timestamp, self.type, self.sender) = (id, timestamp, type, sender)
        (self.senderName, self.room, self.content) = (senderName, room, content)
    }
}

/// What was sent with a key (P31).
public struct JournalKey: Sendable, Equatable {
    public let key: String
    public let digest: UInt64
    public let id: Int64
    public let timestamp: Int64
    /// For private messages: whom the receipt names, the name as JSON.
    public let receiver: Int64?
    public let receiverName: ByteBuffer

    public init(
        key: String, digest: UInt64, id: Int64, timestamp: Int64, receiver: Int64? = nil,
        receiverName: ByteBuffer = ByteBuffer()
    ) {
        (self.key, self.digest, self.id, self.timestamp) = (key, digest, id, timestamp)
        (self.receiver, self.receiverName) = (receiver, receiverName)
    }
}

/// What somebody who comes back has not got (P46): posts of others in the rooms that it was in, and private messages to it.
public struct Missed: Sendable {
    public let user: Int64
    /// The last id that it has got.
    public var after: Int64
    /// The last id that counts.
    public var upTo: Int64
    public let stays: [SessionRecord.Stay]

    public init(user: Int64, after: Int64, upTo: Int64, stays: [SessionRecord.Stay]) {
        (self.user, self.after, self.upTo, self.stays) = (user, after, upTo, stays)
    }
}

/// What has to be known of a session for it to be resumed (P46).
public struct SessionRecord: Sendable, Equatable {
    /// The user's id.
    public let id: Int64
    public var name: String
    /// Unix seconds.
    public let connectedAt: Int64
    public var stays: [Stay]
    /// Resumes it; 16 random bytes.
    public var token: [UInt8]
    /// Still does, until the client has sent something after it got `token`; empty without one.
    public var previousToken: [UInt8]
    /// Unix seconds; nil for one that was online when this was written.
    public var leftAt: Int64?
    /// The last private message to it that is not kept; 0 without one.
    public var lastUnkept: Int64

    /// When it was in a room: it gets the posts whose ids are above `after` and up to `upTo`.
    public struct Stay: Sendable, Equatable {
        public let room: String
        public let after: Int64
        /// Nil while it stays.
        public var upTo: Int64?

        public init(room: String, after: Int64, upTo: Int64? = nil) {
            (self.room, self.after, self.upTo) = (room, after, upTo)
        }
    }

    public init(
        id: Int64, name: String, connectedAt: Int64, stays: [Stay], token: [UInt8], previousToken: [UInt8] = [],
        leftAt: Int64? = nil, lastUnkept: Int64 = 0
    ) {
        (self.id, self.name, self.connectedAt, self.stays) = (id, name, connectedAt, stays)
        (self.token, self.previousToken, self.leftAt, self.lastUnkept) = (token, previousToken, leftAt, lastUnkept)
    }
}
