import NIOCore
import RouterCore

/// What `Delivery` has to do, done the slow way: every event, one by one, for every connection.
struct NaiveDelivery {
    private var rooms: [Int: Set<Room>] = [:]

    struct Outcome: Equatable {
        /// What each connection gets, for those that get something.
        var bytes: [Int: [UInt8]] = [:]
        var closed: Set<Int> = []
    }

    mutating func deliver(_ tick: Tick, isOpen: (Int) -> Bool) -> Outcome {
        var outcome = Outcome()
        for event in tick.events {
            switch event {
            case .post(let room, let except, let range):
                for (connection, members) in rooms where members.contains(room) && connection != except {
                    outcome.bytes[connection, default: []] += tick.shared.bytes(range)
                }
            case .reply(let connection, let range):
                guard isOpen(connection), !outcome.closed.contains(connection) else { continue }
                outcome.bytes[connection, default: []] += tick.direct.bytes(range)
            case .member(let connection, let members):
                guard isOpen(connection), !outcome.closed.contains(connection) else { continue }
                rooms[connection] = Set(members)
            case .close(let connection, _):
                guard isOpen(connection) else { continue }
                outcome.closed.insert(connection)
                rooms[connection] = nil
            }
        }
        return outcome
    }

    mutating func remove(_ connection: Int) { rooms[connection] = nil }
}

extension ByteBuffer {
    func bytes(_ range: Range<Int>) -> [UInt8] { getBytes(at: range.lowerBound, length: range.count) ?? [] }
    var allBytes: [UInt8] { Array(readableBytesView) }
    /// Where its readable bytes stand in memory.
    var address: UnsafeRawPointer? { withUnsafeReadableBytes { $0.baseAddress } }
}
