import NIOCore
import NIOPosix
import RouterServer
import TestSupport
import Testing

/// A client with a socket of its own, which reads only when it is asked to.
struct SocketClient {
    private let channel: any Channel
    private let arrivals: AsyncStream<ByteBuffer>
    private var received = ByteBuffer()

    /// - Parameter bufferBytes: what the system may keep of unread bytes; its own choice when nil.
    init(to address: ListenAddress, bufferBytes: Int? = nil) async throws {
        let (arrivals, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
        self.arrivals = arrivals
        var bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.autoRead, value: false)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Arrivals(continuation))
                }
            }
        if let bufferBytes { bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: .init(bufferBytes)) }
        channel = try await bootstrap.connect(host: address.host, port: address.port).get()
    }

    /// Connects, and goes through the handshake.
    static func open(_ address: ListenAddress, bufferBytes: Int? = nil) async throws -> SocketClient {
        var client = try await SocketClient(to: address, bufferBytes: bufferBytes)
        try await client.send(EmbeddedClient.upgrade)
        while client.takeHead() == nil { guard await client.read() else { throw ChannelError.eof } }
        return client
    }

    func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }

    /// Sends without waiting until the system has taken it.
    func push(_ bytes: [UInt8]) { channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }

    /// Waits for bytes.
    ///
    /// - Returns: false when the server has ended the connection.
    private mutating func read() async -> Bool {
        channel.read()
        for await bytes in arrivals {
            received.writeImmutableBuffer(bytes)
            return true
        }
        return false
    }

    private mutating func takeHead() -> String? {
        let text = String(buffer: received)
        guard let end = text.firstRange(of: "\r\n\r\n") else { return nil }
        received.moveReaderIndex(forwardBy: text[..<end.upperBound].utf8.count)
        return String(text[..<end.upperBound])
    }

    /// Waits until a frame has come for which this holds.
    ///
    /// - Returns: all frames up to the end of those that had come by then; or up to the end of the connection.
    mutating func frames(until isLast: (ServerFrame) -> Bool) async -> [ServerFrame] {
        var frames = ServerFrame.take(from: &received)
        while !frames.contains(where: isLast), await read() { frames += ServerFrame.take(from: &received) }
        return frames
    }

    /// Whether the server ends the connection without sending anything more.
    mutating func isEnded() async -> Bool { await !read() }

    /// Ends our side; what the server still sends can be read.
    func finishSending() async throws { try await channel.close(mode: .output) }

    func close() async throws { try await channel.close() }

    /// Ends the connection with a reset.
    func reset() async throws {
        let options = try #require(channel as? any SocketOptionProvider)
        try await options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        try await channel.close()
    }
}

private final class Arrivals: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let continuation: AsyncStream<ByteBuffer>.Continuation

    init(_ continuation: AsyncStream<ByteBuffer>.Continuation) { self.continuation = continuation }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { continuation.yield(unwrapInboundIn(data)) }
    func channelInactive(context: ChannelHandlerContext) { continuation.finish() }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
