import Foundation
import HandlerKit
import HandlerTesting
import NIOCore
import NIOEmbedded
import RouterCore
import RouterServer
import TestSupport

/// A whole server on an event loop that the test turns, with clients in channels without sockets.
final class EmbeddedServer {
    let clock = ManualClock()
    private(set) var isStopped = false
    /// Why it was stopped without its journal.
    private(set) var failure: JournalFailure?
    private let eventLoop = EmbeddedEventLoop()
    let recorder = LogRecorder()
    let work = HeldWork()
    private let router: RouterLoop
    let loop: IOLoop
    private var clients: [EmbeddedClient] = []
    /// How many posts there have been, for tests that count them.
    var posted = 0

    init(
        _ entries: [PipelinePlan.Entry], limits: [String: String] = [:], timeouts: [String: String] = [:],
        origins: [String] = [], journal: OpenJournal? = nil
    ) {
        var options = ServerOptions(
            listen: ListenAddress(host: "127.0.0.1", port: 8080), allowedOrigins: origins, limits: .with(limits),
            timeouts: .with(timeouts), plan: PipelinePlan(entries), clock: clock, log: recorder.log)
        options.random = CountingTokens()
        options.journal = journal
        router = RouterLoop(options, Pipeline(options.plan), on: eventLoop, background: work)
        loop = router.makeOnlyLoop()
    }

    convenience init(_ handlers: [any Handler.Type], limits: [String: String] = [:], timeouts: [String: String] = [:]) {
        self.init(handlers.map { PipelinePlan.Entry($0) }, limits: limits, timeouts: timeouts)
    }

    deinit {
        for client in clients { client.disconnect() }
        eventLoop.run()
    }

    /// A client that has connected and said nothing.
    ///
    /// - Parameter address: where it comes from; what it is called in the log is another matter.
    func connect(from address: String = "127.0.0.1") throws -> EmbeddedClient {
        let connection = Connection(loop, address: "192.0.2.1:\(1_000 + clients.count)")
        let client = try EmbeddedClient(connection, eventLoop, from: address)
        clients.append(client)
        return client
    }

    /// A client whose handshake is done.
    ///
    /// - Parameter forgetting: whether it and all others have read what that brought.
    func open(forgetting: Bool = true, from address: String = "127.0.0.1") throws -> EmbeddedClient {
        let client = try connect(from: address)
        try client.send(EmbeddedClient.upgrade)
        if forgetting { for client in clients { client.forget() } }
        return client
    }

    /// Somebody has come and gone.
    ///
    /// - Returns: what resumes its session.
    func openAndLeave() throws -> String {
        let client = try open(forgetting: false)
        _ = client.http()
        let welcome = try client.said().first { $0.type == "welcome" }
        client.disconnect()
        turn()
        return welcome?.content["resume"] as? String ?? ""
    }

    /// A client that wants to resume a session.
    func resume(_ token: String, after id: Int = 0) throws -> EmbeddedClient {
        let client = try connect()
        try client.send(EmbeddedClient.resumingUpgrade)
        client.forget()
        try client.send(#"{"type":"resume","token":"\#(token)","after":\#(id)}"#)
        turn()
        return client
    }

    var usersOnline: Int { router.usersOnline }

    /// Ends the turn.
    func turn() { eventLoop.run() }

    /// Does something after the turns that are already due.
    func afterwards(_ body: @escaping () -> Void) { eventLoop.assumeIsolated().execute(body) }

    /// Begins to stop; `isStopped` when no connection is left.
    func stop() {
        loop.stop().assumeIsolated().whenSuccess { self.isStopped = true }
        router.stop()
        router.rest().assumeIsolated().whenFailure { self.failure = $0 as? JournalFailure }
        turn()
    }

    /// Time passes; whoever waits for it is woken by the loop itself.
    func pass(_ duration: Duration) {
        clock.advance(by: duration)
        eventLoop.advanceTime(by: TimeAmount(duration))
    }
}

/// A client's side of a connection.
final class EmbeddedClient {
    static let upgrade = Array(
        """
        GET / HTTP/1.1\r
        Host: 127.0.0.1:8080\r
        Upgrade: websocket\r
        Connection: Upgrade\r
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
        Sec-WebSocket-Version: 13\r
        \r

        """.utf8)

    static let resumingUpgrade = Array(
        String(decoding: upgrade, as: UTF8.self).replacingOccurrences(of: "GET /", with: "GET /?resume").utf8)

    let socket = SocketModel()
    private let channel: EmbeddedChannel
    private let eventLoop: EmbeddedEventLoop
    private var received = ByteBuffer()

    init(_ connection: Connection, _ eventLoop: EmbeddedEventLoop, from address: String = "127.0.0.1") throws {
        self.eventLoop = eventLoop
        channel = EmbeddedChannel(handlers: [socket, connection], loop: eventLoop)
        let peer = try SocketAddress(ipAddress: address, port: 1)
        channel.remoteAddress = peer  // an embedded channel says it only after it has said that it is connected
        channel.connect(to: peer, promise: nil)
    }

    /// Whether the server has not ended the connection.
    var isOpen: Bool { channel.isActive }

    /// - Parameter turning: whether the server's turn ends with it.
    func send(_ bytes: [UInt8], turning: Bool = true) throws {
        guard isOpen else { return }
        try channel.writeInbound(ByteBuffer(bytes: bytes))
        if turning { eventLoop.run() }
    }

    func send(_ text: String) throws { try send(ClientFrame.text(text)) }

    /// The client sends nothing more, but still reads.
    func finishSending(turning: Bool = true) {
        channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        if turning { eventLoop.run() }
    }

    /// The client is gone, without a word.
    func disconnect() {
        vanish()
        eventLoop.run()
    }

    /// The same in the middle of the server's turn.
    func vanish() {
        if isOpen { channel.close(promise: nil) }
    }

    /// What was written to the client, each write of its own.
    func writes() -> [ByteBuffer] {
        var writes: [ByteBuffer] = []
        while let write = try? channel.readOutbound(as: ByteBuffer.self) { writes.append(write) }
        return writes
    }

    private func receive() {
        for write in writes() { received.writeImmutableBuffer(write) }
    }

    func forget() {
        receive()
        received.clear()
    }

    /// What came as HTTP, up to the end of its head, and with it all that is no upgrade.
    func http() -> String {
        receive()
        return received.readHTTPHead()
    }

    func frames() -> [ServerFrame] {
        receive()
        return ServerFrame.take(from: &received)
    }

    /// The text frames that came.
    func said() throws -> [Said] { try frames().filter { $0.opcode == 1 }.map { try Said($0.text) } }

    // MARK: - A client that does not read

    /// The client stops reading: what is written to it stays on the server's side.
    func stall() { socket.isBlocked = true }

    /// The client takes what the channel has for it, but stays behind.
    func takeSome() {
        socket.takeAll()
        eventLoop.run()
    }

    /// The client has caught up.
    func resume() {
        socket.isBlocked = false
        socket.takeAll()
        eventLoop.run()
    }

    /// The event loop asks for more to read, as it does when bytes have come.
    func askToRead() { channel.read() }
}

extension ByteBuffer {
    /// An upgrade up to the end of its head; all that there is, when it is no upgrade.
    mutating func readHTTPHead() -> String {
        let text = String(buffer: self)
        guard text.hasPrefix("HTTP/1.1 101"), let end = text.range(of: "\r\n\r\n") else {
            clear()
            return text
        }
        let head = String(text[..<end.upperBound])
        moveReaderIndex(forwardBy: head.utf8.count)
        return head
    }
}

/// Stands where the socket is: holds written bytes back while the client does not read, and tells so; counts the reads,
/// and closes one side alone, as an embedded channel can't.
final class SocketModel: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    var isBlocked = false
    private var context: ChannelHandlerContext?
    /// Whether the next write finds out that the client is gone.
    var isBroken = false
    private(set) var reads = 0
    private var taken = 0
    /// The server has said that it sends nothing more.
    private(set) var isOutputClosed = false

    /// - Returns: whether the server has asked for more since this was last asked.
    func takeRead() -> Bool {
        defer { taken = reads }
        return reads > taken
    }

    func read(context: ChannelHandlerContext) {
        reads += 1
        context.read()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        precondition(!isOutputClosed, "written after the end of the output")
        context.write(data, promise: promise)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func flush(context: ChannelHandlerContext) {
        if isBroken { return context.close(promise: nil) }
        if isBlocked { setWritable(false, context) } else { context.flush() }
    }

    /// The client takes what was written to the channel.
    func takeAll() {
        guard let context else { return }
        context.flush()
        setWritable(true, context)
    }

    private func setWritable(_ isWritable: Bool, _ context: ChannelHandlerContext) {
        guard let channel = context.channel as? EmbeddedChannel, channel.isWritable != isWritable else { return }
        channel.isWritable = isWritable
        context.fireChannelWritabilityChanged()
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .output else { return context.close(mode: mode, promise: promise) }
        isOutputClosed = true
        promise?.succeed()
    }
}
