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
    /// Tells messages with the same key apart: FNV-1a over the fields that say what is sent and to whom. Strings count as
    /// what they say, however they were escaped; an id is the same as a number or as text (P25).
    var digest: UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for name in ["type", "content", "to_id", "room", "url"] as [StaticString] {
            for byte in object.value(name).map(plainText)?.utf8 ?? "".utf8 {
                hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
            }
            hash = (hash ^ 0xFF) &* 0x0000_0100_0000_01B3  // no byte of UTF-8: it ends the field
        }
        return hash
    }

    private func plainText(_ value: JSONValue) -> String {
        object.string(value) ?? object.integer(value).map(String.init)
            ?? object.withBytes(value) { String(decoding: $0, as: UTF8.self) }
    }
}
