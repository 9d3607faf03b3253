import RouterCore

/// Where a post is in the file, by its room and its id: the room's posts lie together, in the order of their ids.
enum Place {
    /// Of the id; those above are the room's.
    static let bits: Int64 = 48
    /// Ids are below: at a hundred thousand posts a second there are enough for 89 years.
    static let idsEnd: Int64 = 1 << bits
    /// The ids of rooms are below.
    static let roomsEnd: Int64 = 1 << (62 - bits)

    /// - Parameter id: beyond all ids, the place is the last one before those of the next room.
    static func of(_ id: Int64, in room: Int64) -> Int64 { room << bits | min(max(id, 0), idsEnd - 1) }

    /// In front of all of a room's, as no id is 0.
    static func start(of room: Int64) -> Int64 { of(0, in: room) }

    /// Behind all of a room's.
    static func end(of room: Int64) -> Int64 { of(0, in: room + 1) }
}
