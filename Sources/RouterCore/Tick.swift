import NIOCore

/// What the routing loop decided in one turn, in the order in which it decided it: ready frames and whom they are for.
///
/// It is handed as a whole to each I/O loop, where `Delivery` turns it into one write per member. Frames for several
/// members stand in `shared`, so that neighbouring ones leave as one slice; frames for one member stand in `direct`.
public struct Tick: Sendable {
    /// Frames for everyone, or for everyone in a room.
    public internal(set) var shared = ByteBuffer()
    /// Frames for one connection.
    public internal(set) var direct = ByteBuffer()
    public internal(set) var events: [Event] = []

    public enum Event: Sendable {
        /// A frame in `shared` for all members of a room, but for one connection (its sender), or for none with -1.
        case post(room: Room, except: Int, Range<Int>)
        /// A frame in `direct`.
        case reply(to: Int, Range<Int>)
        /// From here on the connection gets what is posted to exactly these rooms.
        case member(Int, of: [Room])
        /// The connection ends here; nothing after this reaches it.
        case close(Int, Closing)
    }

    public init() {}
}

/// A room, by its number. Server-wide frames are posts to `everyone`, of which all who are admitted are members.
public struct Room: Hashable, Sendable, Comparable {
    public let number: Int
    public init(_ number: Int) { self.number = number }
    public static let everyone = Room(0)
    public static func < (left: Room, right: Room) -> Bool { left.number < right.number }
}
