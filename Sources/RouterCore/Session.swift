import HandlerKit
import JSONWire
import NIOCore

/// A user of the router, from admission to leave.
struct Session {
    let id: Int64
    let connection: Int
    let address: String
    /// The name as JSON, quotes included: every frame of a user carries it.
    var name: [UInt8]
    /// Where its messages go when they name no room.
    var room: Room
    var keys: RememberedKeys
    var badMessages = RecentCount()
}

/// What was sent with a key, so that a message sent again is not posted twice (P31).
struct RememberedKeys {
    /// What the first message with the key led to.
    struct Answer: Equatable {
        /// Of what the key was sent with.
        let digest: UInt64
        let id: Int64
        let timestamp: Int64
        /// For private messages: whom the receipt names.
        let receiver: Receiver?
    }

    struct Receiver: Equatable {
        let id: Int64
        /// As JSON.
        let name: [UInt8]
    }

    private let capacity: Int
    private var answers: [String: Answer] = [:]
    private var order: [String] = []
    private var oldest = 0

    /// - Parameter capacity: the most keys remembered; the oldest are forgotten first.
    init(capacity: Int) { self.capacity = capacity }

    subscript(key: String) -> Answer? { answers[key] }

    mutating func remember(_ key: String, _ answer: Answer) {
        guard capacity > 0 else { return }
        if order.count < capacity {
            order.append(key)
        } else {
            answers[order[oldest]] = nil
            order[oldest] = key
            oldest = (oldest + 1) % capacity
        }
        answers[key] = answer
    }
}

extension Message {
    /// Tells messages with the same key apart: FNV-1a over the fields that say what is sent and to whom.
    var digest: UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for name in ["type", "content", "to_id", "room", "url"] as [StaticString] {
            guard let value = object.value(name) else { continue }
            object.withBytes(value) { for byte in $0 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 } }
            hash = (hash ^ UInt64(name.utf8CodeUnitCount)) &* 0x0000_0100_0000_01B3
        }
        return hash
    }
}
