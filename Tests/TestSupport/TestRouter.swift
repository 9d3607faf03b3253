public import HandlerKit
public import HandlerTesting
public import NIOCore
public import RouterCore

/// A router with its delivery, but without sockets: connections are numbers, and what each is sent is kept.
public final class TestRouter {
    public let clock = ManualClock()
    public let recorder = LogRecorder()
    public let sink = RecordingSink()
    public private(set) var router: Router
    private var delivery = Delivery()
    private var nextConnection = 0

    public init(_ entries: [PipelinePlan.Entry], limits: Limits = Limits(), ids: IdSource = IdSource()) {
        router = Router(
            Pipeline(PipelinePlan(entries)), limits: limits, pingInterval: .seconds(25), clock: clock, ids: ids,
            log: recorder.log)
    }

    public convenience init(_ handlers: [any Handler.Type], limits: Limits = Limits()) {
        self.init(handlers.map { PipelinePlan.Entry($0) }, limits: limits)
    }

    /// - Parameter number: the connection's; a new one when nil.
    @discardableResult
    public func open(_ number: Int? = nil) -> Int {
        let connection = number ?? nextConnection
        nextConnection = max(nextConnection, connection + 1)
        sink.open.insert(connection)
        router.opened(connection, address: "192.0.2.1:\(connection)")
        return connection
    }

    /// Opens a connection, ends the turn, and forgets what it brought to everybody.
    public func join() -> Int {
        let connection = open()
        endTurn()
        sink.forget()
        return connection
    }

    public func post(_ text: String, from connection: Int) {
        router.received(ByteBuffer(string: text), from: connection)
    }

    /// The socket is gone.
    public func lose(_ connection: Int) {
        router.closed(connection, because: "connection lost")
        delivery.remove(connection)
        sink.open.remove(connection)
    }

    public func withRouter(_ body: (inout Router) -> Void) { body(&router) }

    public func endTurn() {
        let tick = router.takeTick()
        delivery.deliver(tick, to: sink)
        router.reuse(tick)
    }

    /// Sends one message, ends the turn, and returns what the sender got.
    public func ask(_ text: String, from connection: Int) throws -> [Said] {
        post(text, from: connection)
        endTurn()
        return try said(to: connection)
    }

    /// What a connection was sent since the last call, read as JSON.
    public func said(to connection: Int) throws -> [Said] {
        try sink.takeFrames(of: connection).map { try Said($0.text) }
    }
}

/// Keeps what is written to each connection.
public final class RecordingSink: DeliverySink {
    public var open: Set<Int> = []
    /// Each write of its own.
    public private(set) var writes: [Int: [ByteBuffer]] = [:]
    public private(set) var closings: [Int: Closing] = [:]

    public init() {}

    public func isOpen(_ connection: Int) -> Bool { open.contains(connection) }
    public func write(_ bytes: ByteBuffer, to connection: Int) { writes[connection, default: []].append(bytes) }
    public func close(_ connection: Int, _ closing: Closing) { closings[connection] = closing }

    public func forget() {
        writes = [:]
        closings = [:]
    }

    public func takeFrames(of connection: Int) -> [ServerFrame] {
        var bytes = ByteBuffer()
        for write in writes.removeValue(forKey: connection) ?? [] { bytes.writeImmutableBuffer(write) }
        let frames = ServerFrame.take(from: &bytes)
        precondition(bytes.readableBytes == 0, "a write ends with a whole frame")
        return frames
    }
}
