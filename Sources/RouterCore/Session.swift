import HandlerKit
import JSONWire
import NIOCore

/// A user of the router, from admission to leave; its connection may be another after some time. A class, because every
/// message looks at its session.
final class Session {
    let id: Int64
    /// Below 0 while its client is away.
    private(set) var connection: Int
    private(set) var address: String
    /// What limits know the address by; nil when they do not apply to it.
    private(set) var network: IPAddress?
    /// nil when it can't be resumed.
    let resumption: Resumption?
    /// The turn in which it was resumed, until its client has sent something in a later one.
    var resumed: Int? { didSet { noteBusy() } }
    /// The name as JSON, quotes included.
    var name: [UInt8] { didSet { party = PartyText(id: id, name: name) } }
    /// As every frame of the user carries it.
    private(set) var party: PartyText
    var keys: RememberedKeys
    var badMessages = RecentCount()
    /// Set while one of its messages waits in an asynchronous handler, or its client for a late reply.
    var waiting: Waiting? { didSet { noteBusy() } }
    /// What comes behind that, before any further message.
    var untold: [Untold] = [] { didSet { noteBusy() } }
    /// Whether an alarm is set that looks at it: one is enough, for later messages wait until later.
    var hasWaitAlarm = false
    /// What it sent behind a message that waits, or before it has taken the answers that it caused.
    var queue: [Arrival] = [] { didSet { noteBusy() } }
    /// What it caused in this turn.
    var caused = Caused() { didSet { noteBusy() } }
    /// Whether what comes next has to wait, for one of these four.
    private(set) var isBusy = false
    /// Whether what comes next can't just be handled; kept because every message asks.
    private(set) var needsLook = false
    /// Its connection was told that nothing more of it should be read.
    var isHeld = false
    var wakes: [Wake] = []

    init(
        id: Int64, connection: Int, address: String, network: IPAddress?, name: [UInt8], keys: RememberedKeys,
        resumption: Resumption?
    ) {
        (self.id, self.connection, self.address, self.network) = (id, connection, address, network)
        (self.name, self.keys, self.resumption) = (name, keys, resumption)
        party = PartyText(id: id, name: name)
    }

    func connect(_ connection: Int, _ address: String, _ network: IPAddress?) {
        (self.connection, self.address, self.network) = (connection, address, network)
    }

    /// What its client had sent and was not handled is forgotten.
    func disconnect() {
        connection = -1
        (queue, untold) = ([], [])
        caused = Caused()
        isHeld = false
        resumed = nil
    }

    /// Whether its client is to be told something before what it asked for counts as done.
    var owesReply: Bool {
        guard isBusy else { return false }
        if case .reply = waiting?.aim { return true }
        return !untold.isEmpty
    }

    private func noteBusy() {
        isBusy = waiting != nil || !untold.isEmpty || caused.isOver || !queue.isEmpty
        needsLook = isBusy || resumed != nil
    }
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
    /// By the key's bytes: strings would be equal that only look the same.
    private var answers: [[UInt8]: Answer] = [:]
    private var order: [[UInt8]] = []
    private var oldest = 0

    /// - Parameter capacity: the most keys remembered; the oldest are forgotten first.
    init(capacity: Int) { self.capacity = capacity }

    /// - Parameter known: the newest first.
    init(_ known: [JournalKey], capacity: Int) {
        self.init(capacity: capacity)
        for key in known.reversed() {
            let receiver = key.receiver.map { Receiver(id: $0, name: Array(key.receiverName.readableBytesView)) }
            remember(key.key, Answer(digest: key.digest, id: key.id, timestamp: key.timestamp, receiver: receiver))
        }
    }

    var isEmpty: Bool { answers.isEmpty }

    subscript(key: String) -> Answer? { answers[Array(key.utf8)] }

    /// What was sent with the key is not, after all.
    mutating func forget(_ key: String) {
        let key = Array(key.utf8)
        guard answers.removeValue(forKey: key) != nil else { return }
        order = (order[oldest...] + order[..<oldest]).filter { $0 != key }
        oldest = 0
    }

    mutating func remember(_ key: String, _ answer: Answer) {
        let key = Array(key.utf8)
        guard capacity > 0 else { return }
        if answers[key] != nil {
            answers[key] = answer
            return
        }
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
    /// Tells messages with the same key apart: all that they say, but for `ref` and `key`.
    ///
    /// Neither the order of the members counts nor how strings are escaped; an id is the same as a number or as text (P25).
    var digest: UInt64 {
        let names = Set(object.memberNames).subtracting(["ref", "key"])
        return names.reduce(0) { sum, name in
            guard let value = object.value(named: name), value.kind != .null else { return sum }
            return sum &+ Self.hash("\(name)\u{0}\(plainText(value))")
        }
    }

    private func plainText(_ value: JSONValue) -> String {
        object.string(value) ?? object.integer(value).map(String.init)
            ?? object.withBytes(value) { String(decoding: $0, as: UTF8.self) }
    }

    /// FNV-1a, 64 bits: the only one whom a collision could harm is the sender of both messages.
    private static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }
}
