import Logging
import NIOCore
import NIOPosix
import RouterCore

/// A router that listens on a socket.
public final class RouterServer: Sendable {
    private let loop: NIOLoopBound<RouterLoop>
    private let background: NIOLoopBound<TaskWork>
    private let listener: any Channel
    private let group: MultiThreadedEventLoopGroup

    /// The loop that everything happens on; for tests that let several things happen within one of its turns.
    package var eventLoop: any EventLoop { loop.eventLoop }

    /// Where it listens; the port is the one picked when 0 was asked for.
    public let address: ListenAddress

    /// Starts the handlers, and then to listen.
    ///
    /// - Throws: `StartFailure`, when a handler can't start; `ListenFailure`, when the address can't be listened on.
    public static func start(_ options: ServerOptions) async throws -> RouterServer {
        var pipeline = Pipeline(options.plan)
        try await pipeline.start()
        let handover = Handover(pipeline)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            return try await RouterServer(options, handover, group)
        } catch {
            try await group.shutdownGracefully()
            if var pipeline = handover.take() { await pipeline.stop() }
            throw ListenFailure(address: options.listen, error)
        }
    }

    private init(
        _ options: ServerOptions, _ handover: Handover, _ group: MultiThreadedEventLoopGroup
    ) async throws {
        let eventLoop = group.next()
        let listen = try SocketAddress.makeAddressResolvingHost(options.listen.host, port: options.listen.port)
        let (loop, background) = try await eventLoop.submit {
            let work = TaskWork(on: eventLoop)
            let loop = RouterLoop(
                options, handover.take() ?? Pipeline(PipelinePlan()), on: eventLoop, background: work,
                isLoopback: listen.isLoopback)
            return (NIOLoopBound(loop, eventLoop: eventLoop), NIOLoopBound(work, eventLoop: eventLoop))
        }.get()
        do {
            listener = try await Self.listen(options, loop, group).bind(to: listen).get()
        } catch {
            if var pipeline = try await Self.takeHandlers(loop, background).take() { await pipeline.stop() }
            throw error
        }
        address = ListenAddress(host: options.listen.host, port: listener.localAddress?.port ?? options.listen.port)
        self.loop = loop
        self.background = background
        self.group = group
    }

    private static func listen(
        _ options: ServerOptions, _ loop: NIOLoopBound<RouterLoop>, _ group: MultiThreadedEventLoopGroup
    ) -> ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // Everybody is told of those who came in a turn at once: a storm of connections needs few turns.
            .serverChannelOption(.maxMessagesPerRead, value: 64)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptPause(log: options.log))
                }
            }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Connection(loop.value))
                }
            }
    }

    /// Returns when nothing is accepted any more: after `stop`, or when the system took the listening socket away.
    public func listenerClosed() async {
        try? await listener.closeFuture.get()
    }

    /// How many users are online.
    public func usersOnline() async throws -> Int {
        try await loop.eventLoop.submit { [loop] in loop.value.usersOnline }.get()
    }

    /// Has every timeout looked at, for a clock that does not move by itself.
    public func timePassed() async throws {
        try await loop.eventLoop.submit { [loop] in loop.value.timePassed() }.get()
    }

    /// Stops accepting, closes every client with 1001, and returns when all are gone or cut and the handlers have stopped.
    public func stop() async throws {
        try? await listener.close()  // it may be closed already
        try await loop.eventLoop.flatSubmit { [loop] in loop.value.stop() }.get()
        let handlers = try await Self.takeHandlers(loop, background)
        try await group.shutdownGracefully()
        if var pipeline = handlers.take() { await pipeline.stop() }
    }

    /// Nobody's answer is waited for any more, and nothing more is handled.
    private static func takeHandlers(
        _ loop: NIOLoopBound<RouterLoop>, _ background: NIOLoopBound<TaskWork>
    ) async throws -> Handover {
        try await loop.eventLoop.submit { [loop, background] in
            background.value.stop()
            return Handover(loop.value.takePipeline())
        }.get()
    }
}
