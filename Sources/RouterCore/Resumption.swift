/// What has to be known of a session for its client to come back to it (P46).
///
/// It begins with the session, and outlives it: until the client has been away for too long, or may not come back.
final class Resumption {
    let id: Int64
    var name: String
    /// Unix seconds.
    let connectedAt: Int64
    var token: ResumeToken
    /// Still valid, until the client has sent something after it got `token`.
    var previous: ResumeToken?
    /// When it was in which room; those that it is in stand in the order in which it joined them.
    private(set) var stays: [Stay]
    /// Messages to it up to this id can't all be sent again.
    private(set) var lost: Int64 = 0
    /// The newest private message to it that this run of the router knows of.
    var newestPrivate: Int64 = 0
    /// What it sent with keys; nil for what only the journal knows.
    var keys: RememberedKeys?
    /// Since when nobody is connected, in milliseconds of the router's clock; nil while somebody is.
    var awaySince: Int64?
    /// The same as Unix seconds, for the journal.
    var leftAt: Int64?
    /// `Visitor.order` of the one that has come back to it last.
    var order = 0
    /// The connection that is about to come back to it.
    var visitor: Int?
    /// Whether it is not to be resumed any more.
    var isVoid = false
    /// Whether the journal has a record of it.
    var isKept = false
    /// Whether the journal is to be told of a change.
    var hasChanged = false

    struct Stay: Equatable {
        let room: Int
        /// It gets the posts whose ids are above this,
        let after: Int64
        /// and up to this.
        var upTo = Int64.max

        var isOver: Bool { upTo != .max }
    }

    /// Most rooms left that are remembered: who can't have got all of what was posted when it was in others is not resumed.
    static let mostStaysOver = 32

    init(id: Int64, name: String, connectedAt: Int64, token: ResumeToken, stays: [Stay]) {
        (self.id, self.name, self.connectedAt, self.token, self.stays) = (id, name, connectedAt, token, stays)
    }

    /// The rooms that it is in, in the order in which it joined them.
    var rooms: [Int] { stays.filter { !$0.isOver }.map(\.room) }

    /// It joins a room, or joins it once more, which makes it the last.
    ///
    /// - Parameter newest: the id of the newest post of all.
    func enter(_ room: Int, after newest: Int64) {
        let place = stays.firstIndex { $0.room == room && !$0.isOver }
        let stay = place.map { stays.remove(at: $0) } ?? Stay(room: room, after: newest)
        stays.append(stay)
    }

    func exit(_ room: Int, after newest: Int64) {
        guard let place = stays.firstIndex(where: { $0.room == room && !$0.isOver }) else { return }
        var stay = stays.remove(at: place)
        guard stay.after < newest else { return }  // nothing has been posted meanwhile
        stay.upTo = newest
        let over = stays.prefix { $0.isOver }.count
        stays.insert(stay, at: over)
        if over >= Self.mostStaysOver { noteLost(stays.removeFirst().upTo) }
    }

    /// A message to it can't be sent again.
    func noteLost(_ id: Int64) { lost = max(lost, id) }

    /// That message was never to be there.
    func takeBackLost(_ id: Int64, before: Int64) { if lost == id { lost = before } }
}

// MARK: - In the journal

extension Resumption {
    /// - Parameter rooms: by number.
    func record(_ rooms: [String]) -> SessionRecord {
        SessionRecord(
            id: id, name: name, connectedAt: connectedAt,
            stays: stays.map { .init(room: rooms[$0.room], after: $0.after, upTo: $0.isOver ? $0.upTo : nil) },
            token: token.bytes, previousToken: previous?.bytes ?? [], leftAt: leftAt, lastUnkept: lost)
    }

    /// A session of an earlier run.
    ///
    /// - Parameters:
    ///   - newest: the id of the newest post of all.
    ///   - number: of a room by its name; nil when there is none of that name any more.
    /// - Returns: nil when the record can't be of a session.
    convenience init?(_ record: SessionRecord, newest: Int64, number: (String) -> Int?) {
        guard let token = ResumeToken(record.token) else { return nil }
        var stays = record.stays.compactMap { stay in
            number(stay.room).map { Stay(room: $0, after: stay.after, upTo: stay.upTo ?? .max) }
        }
        if stays.allSatisfy(\.isOver) { stays.append(Stay(room: 0, after: newest)) }  // everybody is in some room
        self.init(id: record.id, name: record.name, connectedAt: record.connectedAt, token: token, stays: stays)
        previous = ResumeToken(record.previousToken)
        lost = record.lastUnkept
        isKept = true
        leftAt = record.leftAt
    }
}
