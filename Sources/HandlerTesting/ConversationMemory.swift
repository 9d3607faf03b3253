import NIOCore
import NIOEmbedded
import RouterCore
public import RouterServer

/// A whole server without a socket: the connection handler of each client sits in a channel whose bytes a script
/// writes and reads, and one event loop turns when the script says so.
public final class MemoryServer: ConversationServer {
    private let clock: ManualClock
    private let eventLoop = EmbeddedEventLoop()
    private let router: RouterLoop
    private let loop: IOLoop
    private let work = MemoryWork()
    private var links: [MemoryLink] = []
    private var isHeld = false

    /// - Parameter options: its clock is replaced by one that the script moves.
    /// - Throws: `StartFailure`, when a handler can't start.
    public init(_ options: ServerOptions) throws {
        let clock = ManualClock.ofConversation()
        var options = options
        options.clock = clock
        self.clock = clock
        router = RouterLoop(options, try .started(options.plan), on: eventLoop, background: work)
        loop = router.makeOnlyLoop()
    }

    public var time: ConversationTime { clock.time }
    public var isDelayed: Bool { false }

    package var usersOnline: Int { router.usersOnline }
    /// How many connections have not ended.
    package var connections: Int { loop.connectionCount }
    /// How many the limits of connections that are no users count.
    package var strangers: Int { loop.strangerCount }

    public func connect() throws -> any ConversationLink {
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: 50_000 + links.count)
        let channel = EmbeddedChannel(
            handler: Connection(loop, address: "127.0.0.1:\(50_000 + links.count)"), loop: eventLoop)
        channel.remoteAddress = address  // or it would be known only after the channel has said that it is connected
        channel.connect(to: address, promise: nil)
        let link = MemoryLink(channel: channel, work: work) { [unowned self] in turn() }
        links.append(link)
        turn()
        return link
    }

    public func advance(by duration: Duration) {
        clock.advance(by: duration)
        loop.timePassed()
        router.timePassed()
        turn()
    }

    public func stop() {
        _ = loop.stop()
        router.stop()
        turn()
    }

    public func atOnce(_ body: () throws -> Void) throws {
        isHeld = true
        defer {
            isHeld = false
            turn()
        }
        try body()
    }

    public func shutDown() throws {
        for link in links { try link.finish() }
        turn()
        work.stop()
        try router.takePipeline().stopHere()
        // What waits for its time on the event loop holds that, and is held by it.
        clock.advance(by: .seconds(86_400))
        eventLoop.advanceTime(by: .seconds(86_400))
    }

    private func turn() {
        guard !isHeld else { return }
        work.deliver()
        eventLoop.run()
    }
}

/// A client's end of a channel in memory.
private final class MemoryLink: ConversationLink {
    private let channel: EmbeddedChannel
    private let work: MemoryWork
    private let turn: () -> Void

    init(channel: EmbeddedChannel, work: MemoryWork, turn: @escaping () -> Void) {
        self.channel = channel
        self.work = work
        self.turn = turn
    }

    func send(_ bytes: [UInt8]) throws {
        guard channel.isActive else { return }
        try channel.writeInbound(ByteBuffer(bytes: bytes))
        turn()
    }

    func receive(waiting: Bool) throws -> ConversationArrival {
        turn()
        var bytes: [UInt8] = []
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) { bytes += buffer.readableBytesView }
        if !bytes.isEmpty { return .bytes(bytes) }
        guard channel.isActive else { return .end }
        guard waiting, work.isRunning, work.awaitAnswer() else { return .nothing }
        return try receive(waiting: true)
    }

    func finish() throws { end(with: nil) }

    func reset() throws { end(with: ConnectionReset()) }

    private func end(with error: ConnectionReset?) {
        guard channel.isActive else { return }
        if let error { channel.pipeline.fireErrorCaught(error) }
        if channel.isActive { channel.close(promise: nil) }
        turn()
    }
}

/// What a channel is told in place of the system's error.
private struct ConnectionReset: Error {}
