import NIOCore
@testable import RouterCore

/// What `Delivery` has to do, done the slow way: every event, one by one, for every connection.
struct NaiveDelivery {
    private var rooms: [Int: Set<Room>] = [:]

    struct Outcome: Equatable {
        /// What each connection gets, for those that get something.
        var bytes: [Int: [UInt8]] = [:]
        var closed: Set<Int> = []
    }

    /// What the connections of all I/O loops get.
    ///
    /// - Parameter behind: those who are not sent what they can do without.
    mutating func deliver(_ tick: Tick, behind: Set<Int> = [], isOpen: (Int) -> Bool) -> Outcome {
        var outcome = Outcome()
        var skipping: [Int: Int] = [:]  // the first post that is not skipped
        for place in 0...tick.posts.count {
            for part in tick.parts {
                for edit in part.edits where edit.place == place && isOpen(edit.connection) {
                    if case .skip(let count) = edit.change { skipping[edit.connection] = place + count }
                    apply(edit, part, &outcome)
                }
            }
            guard place < tick.posts.count else { break }
            let post = tick.posts[place]
            for (connection, members) in rooms where members.contains(post.room) {
                guard skipping[connection, default: 0] <= place else { continue }
                if post.isDroppable, behind.contains(connection) { continue }
                outcome.bytes[connection, default: []] += tick.shared.bytes(post.range)
            }
        }
        return outcome
    }

    private mutating func apply(_ edit: Tick.Edit, _ part: Tick.Part, _ outcome: inout Outcome) {
        let connection = edit.connection
        guard !outcome.closed.contains(connection) else { return }
        switch edit.change {
        case .insert(let range): outcome.bytes[connection, default: []] += part.direct.bytes(range)
        case .insertAround(let content, let head, let tail):
            outcome.bytes[connection, default: []] +=
                part.direct.bytes(head) + content.allBytes + part.direct.bytes(tail)
        case .move(let members): rooms[connection] = Set(members)
        case .close:
            outcome.closed.insert(connection)
            rooms[connection] = nil
        case .skip, .hold, .goOn, .gone: break
        }
    }

    mutating func remove(_ connection: Int) { rooms[connection] = nil }
}

extension ByteBuffer {
    func bytes(_ range: Range<Int>) -> [UInt8] { getBytes(at: range.lowerBound, length: range.count) ?? [] }
    var allBytes: [UInt8] { Array(readableBytesView) }
    /// Where its readable bytes stand in memory.
    var address: UnsafeRawPointer? { withUnsafeReadableBytes { $0.baseAddress } }
}
