import Logging
import NIOCore
import NIOPosix
import RouterCore

/// A router that listens on a socket.
public final class RouterServer: Sendable {
    private let loops: ServerLoops
    private let listener: any Channel
    private let group: MultiThreadedEventLoopGroup
    private let journal: (any Journal)?
    /// How long the journal may take to close its files.
    private let patience: Duration

    /// The loop that the router is on; for tests that let several things happen within one of its turns.
    package var eventLoop: any EventLoop { loops.router.eventLoop }

    /// Where it listens; the port is the one picked when 0 was asked for.
    public let address: ListenAddress

    /// Starts the handlers, and then to listen.
    ///
    /// - Throws: `JournalFailure`, when nothing can be saved; `StartFailure`, when a handler can't start;
    ///   `ListenFailure`, when the address can't be listened on.
    public static func start(_ options: ServerOptions) async throws -> RouterServer {
        var options = options
        options.journal = try await options.journal?.ready()
        var pipeline = Pipeline(options.plan)
        try await pipeline.start()
        let handover = Handover(pipeline)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: options.ioThreads)
        do {
            return try await RouterServer(options, handover, group)
        } catch {
            try await group.shutdownGracefully()
            if var pipeline = handover.take() { await pipeline.stop() }
            throw ListenFailure(address: options.listen, error)
        }
    }

    private init(
        _ options: ServerOptions, _ handover: Handover<Pipeline>, _ group: MultiThreadedEventLoopGroup
    ) async throws {
        let listen = try SocketAddress.makeAddressResolvingHost(options.listen.host, port: options.listen.port)
        let loops = try await ServerLoops(options, handover, group, isLoopback: listen.isLoopback)
        do {
            listener = try await Self.listen(options, loops, group).bind(to: listen).get()
        } catch {
            if var pipeline = try await loops.takeHandlers().take() { await pipeline.stop() }
            throw error
        }
        address = ListenAddress(host: options.listen.host, port: listener.localAddress?.port ?? options.listen.port)
        self.loops = loops
        self.group = group
        journal = options.journal?.journal
        patience = options.timeouts.close
    }

    private static func listen(
        _ options: ServerOptions, _ loops: ServerLoops, _ group: MultiThreadedEventLoopGroup
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
                    try channel.pipeline.syncOperations.addHandler(Connection(loops.ioLoop(on: channel.eventLoop)))
                }
            }
    }

    /// Returns when nothing is accepted any more: after `stop`, or when the system took the listening socket away.
    public func listenerClosed() async {
        try? await listener.closeFuture.get()
    }

    /// How many users are online.
    public func usersOnline() async throws -> Int {
        try await loops.router.eventLoop.submit { [router = loops.router] in router.value.usersOnline }.get()
    }

    /// Has every timeout looked at, for a clock that does not move by itself.
    public func timePassed() async throws {
        let rest = SharedCount()
        _ = rest.add(loops.ioLoops.count)
        await withCheckedContinuation { done in
            // All loops are asked in one task of the router's, and nothing is asked of them afterwards: a server that stops
            // can't be gone before that task is over, but may be right after it.
            loops.router.eventLoop.execute { [loops] in
                for loop in loops.ioLoops.dropFirst() {
                    loop.eventLoop.execute {
                        loop.value.timePassed()
                        if rest.add(-1) == 0 { done.resume() }
                    }
                }
                loops.ioLoops[0].value.timePassed()
                loops.router.value.timePassed()
                if rest.add(-1) == 0 { done.resume() }
            }
        }
    }

    /// Returns when what the clients had sent before has been handled and delivered: for tests, whose clients say nothing
    /// meanwhile. Between the loops goes one batch after the other, so each of them has several turns.
    package func comesToRest() async throws {
        for _ in 1...5 {
            for loop in loops.ioLoops { try await loop.eventLoop.submit {}.get() }
            try await loops.router.eventLoop.submit {}.get()
        }
    }

    /// Stops accepting, closes every client with 1001, and returns when all are gone or cut and the handlers have stopped.
    ///
    /// - Throws: `JournalFailure`, when the journal does not answer within `timeouts.close`: then all are cut, what was not
    ///   acknowledged is perhaps not saved, and threads that wait for it are left behind.
    public func stop() async throws {
        try? await listener.close()  // it may be closed already
        let emptied = loops.ioLoops.map { loop in loop.eventLoop.flatSubmit { loop.value.stop() } }
        try await loops.router.eventLoop.submit { [router = loops.router] in router.value.stop() }.get()
        for loop in emptied { try await loop.get() }
        let rest = try await loops.router.eventLoop.submit { [router = loops.router] in router.value.rest() }.get()
        do {
            try await rest.get()
        } catch {
            // The loops are what the journal answers to, should it ever: they stay.
            if var pipeline = try await loops.takeHandlers().take() { await pipeline.stop() }
            throw error
        }
        let handlers = try await loops.takeHandlers()
        try await group.shutdownGracefully()
        if var pipeline = handlers.take() { await pipeline.stop() }
        try await journal?.close(within: patience)
    }
}

/// The router's loop and the I/O loops of a server: the first I/O loop is on the router's own event loop.
private struct ServerLoops: Sendable {
    let router: NIOLoopBound<RouterLoop>
    let ioLoops: [NIOLoopBound<IOLoop>]
    private let background: NIOLoopBound<TaskWork>

    init(
        _ options: ServerOptions, _ handover: Handover<Pipeline>, _ group: MultiThreadedEventLoopGroup, isLoopback: Bool
    ) async throws {
        let eventLoops = Array(group.makeIterator())
        let home = eventLoops[0]
        (router, background) = try await home.submit {
            let work = TaskWork(on: home)
            let loop = RouterLoop(
                options, handover.take() ?? Pipeline(PipelinePlan()), on: home, background: work,
                loops: eventLoops.count, looksAgain: true, isLoopback: isLoopback)
            return (NIOLoopBound(loop, eventLoop: home), NIOLoopBound(work, eventLoop: home))
        }.get()
        var ioLoops: [NIOLoopBound<IOLoop>] = []
        for (index, eventLoop) in eventLoops.enumerated() {
            let setup = try await home.submit { [router] in router.value.setup(index) }.get()
            let loop = try await eventLoop.submit { NIOLoopBound(setup.make(on: eventLoop), eventLoop: eventLoop) }
                .get()
            ioLoops.append(loop)
            guard index > 0 else { continue }
            try await home.submit { [router] in router.value.add(.init(index: index, loop: loop)) }.get()
        }
        self.ioLoops = ioLoops
    }

    func ioLoop(on eventLoop: any EventLoop) -> IOLoop {
        // As few as cores; and one that is none of them is none of the group.
        let loop = ioLoops.first { $0.eventLoop === eventLoop }
        precondition(loop != nil, "a connection on a loop of another server")
        return loop!.value
    }

    /// Nobody's answer is waited for any more, and nothing more is handled.
    func takeHandlers() async throws -> Handover<Pipeline> {
        try await router.eventLoop.submit { [router, background] in
            background.value.stop()
            return Handover(router.value.takePipeline())
        }.get()
    }
}
