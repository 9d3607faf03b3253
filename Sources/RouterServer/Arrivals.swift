import HandlerKit
import JSONWire
import NIOCore
import RouterCore
import WebSocketWire

/// What the connections of an I/O loop have for the router, in the order in which it came.
struct Arrivals: Sendable {
    enum Event: Sendable {
        /// - Parameter returning: the how many-th it is that comes to resume a session; nil when it does not.
        case opened(Int, address: String, IPAddress?, returning: Int?)
        /// A text that has been read: the next of `objects`.
        case message(Int)
        /// A text as it came.
        case text(Int, ByteBuffer)
        case binary(Int, ByteBuffer)
        case tooLarge(Int, isText: Bool)
        case closedByClient(Int, CloseCode?)
        /// The connection is to end for a reason that is seen here: bytes against RFC 6455, no pong, a full outbox.
        case failed(Int, Closing)
        case caughtUp(Int)
        case ended(Int, because: String)
    }

    /// Most bytes of texts that are collected while the router has not taken the last ones; then no connection is read.
    static let mostBytes = 1 << 20
    /// Most events likewise.
    static let mostEvents = 16_384
    /// Most messages of one connection likewise: the router may find out that it wants no more of it after the first.
    static let mostOfOne = 256

    /// Storage that is kept for the next turn: for so many texts, of so many members each.
    static let mostKeptObjects = 512
    static let mostKeptMembers = 64
    /// Places kept for events and texts: after the turns of a crowd nothing may come for a long time.
    static let mostKeptPlaces = 1_024

    private(set) var events: [Event] = []
    /// Storage for texts that have been read; the first `read` are of these events.
    private(set) var objects: [JSONObject] = []
    private var read = 0
    private var bytes = 0
    /// How many events and objects have been handed to the router.
    private var taken = 0
    private var takenObjects = 0

    var isEmpty: Bool { taken == events.count }
    /// For how many events and texts there is storage.
    var capacity: Int { max(events.capacity, objects.capacity) }
    var isFull: Bool { bytes >= Self.mostBytes || events.count >= Self.mostEvents }

    mutating func append(_ event: Event) {
        let kept = event.withOwnBytes
        events.append(kept)
        bytes += kept.bytes
    }

    /// Reads a text, of which nobody has looked at more than whether it is UTF-8.
    mutating func append(_ text: ByteBuffer, from connection: Int, _ limits: JSONLimits) {
        if read == objects.count { objects.append(JSONObject()) }
        let text = ByteBuffer(bytes: text.readableBytesView)
        // What is no object stays empty, and the router refuses it as that.
        try? objects[read].read(text, limits: limits, utf8Checked: true)
        read += 1
        bytes += text.readableBytes
        events.append(.message(connection))
    }

    /// Hands the router the next event.
    mutating func handNext(to router: inout Router) {
        let event = events[taken]
        taken += 1
        switch event {
        case .message(let connection):
            router.received(&objects[takenObjects], from: connection)
            objects[takenObjects].removeAll()
            if objects[takenObjects].storedMembers > Self.mostKeptMembers { objects[takenObjects] = JSONObject() }
            takenObjects += 1
        case .opened, .text, .binary, .tooLarge, .closedByClient, .failed, .caughtUp, .ended:
            event.hand(to: &router)
        }
    }

    /// Ready for the next turn, with the storage of this one.
    mutating func clear() {
        events.removeAll(keepingCapacity: events.capacity <= Self.mostKeptPlaces)
        if objects.capacity > Self.mostKeptPlaces {
            objects = Array(objects.prefix(Self.mostKeptObjects))  // removing some would keep the places of all
        }
        (read, bytes, taken, takenObjects) = (0, 0, 0, 0)
    }
}

/// What a connection has in the arrivals that its loop collects.
struct Share {
    private var count = 0
    private var collection = 0

    /// - Parameter collection: the number of those arrivals.
    mutating func add(to collection: Int) {
        if collection != self.collection { (count, self.collection) = (0, collection) }
        count += 1
    }

    func isFull(in collection: Int) -> Bool { collection == self.collection && count >= Arrivals.mostOfOne }
}

extension Arrivals.Event {
    /// The same with bytes of its own, so that a few do not hold a large buffer.
    fileprivate var withOwnBytes: Self {
        switch self {
        case .text(let connection, let bytes): .text(connection, ByteBuffer(bytes: bytes.readableBytesView))
        case .binary(let connection, let bytes): .binary(connection, ByteBuffer(bytes: bytes.readableBytesView))
        case .opened, .message, .tooLarge, .closedByClient, .failed, .caughtUp, .ended: self
        }
    }

    /// Of a text or frame that is taken as it came.
    fileprivate var bytes: Int {
        switch self {
        case .text(_, let bytes), .binary(_, let bytes): bytes.readableBytes
        case .opened, .message, .tooLarge, .closedByClient, .failed, .caughtUp, .ended: 0
        }
    }

    /// The connection that it is from, unless it has ended with it.
    var connection: Int? {
        switch self {
        case .message(let connection), .text(let connection, _), .binary(let connection, _),
            .tooLarge(let connection, _):
            connection
        case .opened, .closedByClient, .failed, .caughtUp, .ended: nil
        }
    }

    /// Hands the router what needs no storage beside it.
    func hand(to router: inout Router) {
        switch self {
        case .message: preconditionFailure("its object stands beside it")
        case .text(let connection, let text): router.received(text, from: connection)
        case .opened(let connection, let address, let network, let returning):
            router.opened(connection, address: address, network: network, returning: returning)
        case .binary(let connection, let bytes): router.receivedBinary(bytes, from: connection)
        case .tooLarge(let connection, let isText): router.receivedTooLarge(isText: isText, from: connection)
        case .closedByClient(let connection, let code): router.closedByClient(connection, code)
        case .failed(let connection, let closing): router.drop(connection, closing)
        case .caughtUp(let connection): router.caughtUp(connection)
        case .ended(let connection, let reason): router.closed(connection, because: reason)
        }
    }
}
