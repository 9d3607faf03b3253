import NIOCore
import WebSocketWire

/// What the routing loop decided in one turn: ready frames, and whom they are for.
///
/// It is handed as a whole to each I/O loop, where `Delivery` turns it into one write per member. What all of a room get
/// stands in `shared`, once, whatever their number; what differs for single connections is a short list of edits, which
/// each I/O loop has for its own.
public struct Tick: Sendable {
    /// Frames for everyone, or for everyone in a room, in the order of `posts`.
    public internal(set) var shared = ByteBuffer()
    public internal(set) var posts: [Post] = []
    /// For each I/O loop what differs for its connections.
    public internal(set) var parts: [Part]
    /// Bytes that are for one connection each.
    public internal(set) var replyBytes = 0
    /// Those of them that the tick shares with others.
    private var contentBytes = 0

    /// A frame in `shared`.
    public struct Post: Sendable {
        public let room: Room
        var range: Range<Int>
        /// Whether a client that is behind can do without it.
        let isDroppable: Bool
        /// Whether it goes out only once the tick's group is committed.
        let isPledged: Bool

        init(room: Room, range: Range<Int>, isDroppable: Bool = false, isPledged: Bool = false) {
            (self.room, self.range, self.isDroppable, self.isPledged) = (room, range, isDroppable, isPledged)
        }

        /// Whether the same clients get the other one, right behind this.
        func isFollowed(by other: Post) -> Bool {
            other.room == room && other.isDroppable == isDroppable && other.range.lowerBound == range.upperBound
        }

        mutating func join(_ other: Post) { range = range.lowerBound..<other.range.upperBound }
    }

    public struct Part: Sendable {
        /// Frames for one connection.
        public internal(set) var direct = ByteBuffer()
        public internal(set) var edits: [Edit] = []
    }

    /// What happens to one connection before a post of the tick, or behind the last.
    public struct Edit: Sendable {
        public let connection: Int
        /// The number of the post.
        public let place: Int
        public internal(set) var change: Change
        /// Whether it is for when the tick's group is committed, and not else.
        var isPledged = false
    }

    public enum Change: Sendable {
        /// It does not get so many posts, from that one on.
        case skip(posts: Int)
        /// It gets a frame of `direct`.
        case insert(Range<Int>)
        /// It gets a frame whose content many get: `direct` holds only what stands before it, and behind it.
        indirect case insertAround(ByteBuffer, head: Range<Int>, tail: Range<Int>)
        /// From here on it gets what is posted to exactly these rooms.
        case move(to: [Room])
        /// It ends here; nothing after this reaches it.
        indirect case close(Closing)
        /// Nothing more of it should be read; once it has taken what it was sent, `Router.caughtUp` is to be called.
        case hold
        /// What it sends can be read again.
        case goOn
        /// Nothing of it is left: its number may be given out again.
        case gone
    }

    /// - Parameter loops: how many I/O loops there are. A connection belongs to that of its number modulo `loops`.
    public init(loops: Int = 1) { parts = Array(repeating: Part(), count: loops) }

    /// Whether there is something in it for an I/O loop.
    public func concerns(loop: Int) -> Bool { !posts.isEmpty || !parts[loop].edits.isEmpty }

    /// What it holds by itself.
    public var ownBytes: Int { shared.readableBytes + replyBytes - contentBytes }

    // MARK: - Filling

    // What is for a connection below 0 is for nobody: its session has none at the time.

    mutating func post(
        _ frame: OutgoingFrame, to room: Room, except connection: Int, isDroppable: Bool = false,
        isPledged: Bool = false
    ) {
        let range = frame.write(into: &shared)
        if connection >= 0 { skipNext(connection) }
        posts.append(Post(room: room, range: range, isDroppable: isDroppable, isPledged: isPledged))
    }

    /// The connection does not get the post that comes next. What one connection posts in a row is one edit.
    mutating func skipNext(_ connection: Int) {
        let part = part(of: connection)
        if let last = parts[part].edits.last, last.connection == connection, case .skip(let count) = last.change,
            last.place + count == posts.count
        {
            parts[part].edits[parts[part].edits.count - 1].change = .skip(posts: count + 1)
        } else {
            edit(connection, .skip(posts: 1))
        }
    }

    /// - Parameter isPledged: it goes out only once the tick's group is committed.
    mutating func reply(_ frame: OutgoingFrame, to connection: Int, isPledged: Bool = false) {
        guard connection >= 0 else { return }
        let range = frame.write(into: &parts[part(of: connection)].direct)
        replyBytes += range.count
        edit(connection, .insert(range), isPledged: isPledged)
    }

    /// A frame whose content is sent from where it is kept, and not copied into the tick.
    ///
    /// - Parameter content: the frame's.
    mutating func reply(_ frame: OutgoingFrame, around content: ByteBuffer, to connection: Int) {
        guard connection >= 0 else { return }
        let (head, tail) = frame.writeAroundContent(into: &parts[part(of: connection)].direct)
        replyBytes += head.count + content.readableBytes + tail.count
        contentBytes += content.readableBytes
        edit(connection, .insertAround(content, head: head, tail: tail))
    }

    mutating func reply(_ opcode: Opcode, _ payload: ByteBuffer, to connection: Int) {
        guard connection >= 0 else { return }
        let part = part(of: connection)
        let start = parts[part].direct.writerIndex
        parts[part].direct.writeWebSocketFrame(opcode, payload: payload)
        let range = start..<parts[part].direct.writerIndex
        replyBytes += range.count
        edit(connection, .insert(range))
    }

    mutating func edit(_ connection: Int, _ change: Change, isPledged: Bool = false) {
        guard connection >= 0 else { return }
        parts[part(of: connection)].edits.append(
            Edit(connection: connection, place: posts.count, change: change, isPledged: isPledged))
    }

    func part(of connection: Int) -> Int { parts.count == 1 ? 0 : connection % parts.count }

    /// Ready for the next turn. Storage is kept for it unless somebody still waits to send from it, or it grew large.
    mutating func clear() {
        Self.clear(&posts)
        (replyBytes, contentBytes) = (0, 0)
        Self.clear(&shared)
        for index in parts.indices {
            Self.clear(&parts[index].edits)
            Self.clear(&parts[index].direct)
        }
    }

    /// A turn that brought little of much gives the place for the rest back: the crowd that it was for has gone.
    private static func clear<Element>(_ list: inout [Element]) {
        list.removeAll(keepingCapacity: list.capacity <= 1_024 || list.count >= list.capacity / 8)
    }

    private static func clear(_ buffer: inout ByteBuffer) {
        // With others still sending from it, a small one takes its place, or a few bytes would hold a large buffer each turn.
        if buffer.capacity > 1 << 20 { buffer = ByteBuffer() } else { buffer.clear(minimumCapacity: 4_096) }
    }
}

/// A room, by its number. Server-wide frames are posts to `everyone`, of which all who are admitted are members.
public struct Room: Hashable, Sendable, Comparable {
    public let number: Int
    public init(_ number: Int) { self.number = number }
    public static let everyone = Room(0)
    public static func < (left: Room, right: Room) -> Bool { left.number < right.number }
}
