import HandlerKit
import HandlerTesting
import NIOCore
import NIOEmbedded
import RouterCore
@testable import RouterServer
import TestSupport

/// A server with several I/O loops, each on an event loop of its own that turns only when the test says so: what may
/// happen between threads at any time happens here when it is to be looked at.
final class EmbeddedLoops {
    let clock = ManualClock()
    let recorder = LogRecorder()
    let router: RouterLoop
    /// The first is on the router's own event loop.
    let loops: [IOLoop]
    private let eventLoops: [EmbeddedEventLoop]
    private var clients: [EmbeddedClient] = []

    init(
        _ handlers: [any Handler.Type], loops count: Int, limits: [String: String] = [:],
        timeouts: [String: String] = [:], interval: Duration = .zero
    ) {
        let eventLoops = (0..<count).map { _ in EmbeddedEventLoop() }
        let options = ServerOptions(
            listen: ListenAddress(host: "127.0.0.1", port: 8080), allowedOrigins: [], limits: .with(limits),
            timeouts: .with(timeouts), plan: PipelinePlan(handlers.map { PipelinePlan.Entry($0) }), ioThreads: count,
            deliveryInterval: interval, clock: clock, log: recorder.log)
        let router = RouterLoop(
            options, Pipeline(options.plan), on: eventLoops[0], background: HeldWork(), loops: count)
        self.router = router
        self.eventLoops = eventLoops
        loops = eventLoops.enumerated().map { router.setup($0).make(on: $1) }
        for (index, loop) in loops.enumerated().dropFirst() {
            router.add(.init(index: index, loop: NIOLoopBound(loop, eventLoop: eventLoops[index])))
        }
    }

    deinit {
        for client in clients { client.disconnect() }
        turn()
    }

    /// A client that has connected to the I/O loop of that number and said nothing.
    func connect(on index: Int, from address: String = "127.0.0.1") throws -> EmbeddedClient {
        let connection = Connection(loops[index], address: "192.0.2.1:\(1_000 + clients.count)")
        let client = try EmbeddedClient(connection, eventLoops[index], from: address)
        clients.append(client)
        return client
    }

    /// A client whose handshake is done; what that brought has been read by all.
    func open(on index: Int, from address: String = "127.0.0.1") throws -> EmbeddedClient {
        let client = try connect(on: index, from: address)
        try client.send(EmbeddedClient.upgrade, turning: false)
        turn()
        for client in clients { client.forget() }
        return client
    }

    var usersOnline: Int { router.usersOnline }

    /// Turns all loops, or only some, until what goes to and fro between them has come to rest.
    func turn(_ indices: Set<Int>? = nil) {
        for _ in 0..<20 {
            for (index, eventLoop) in eventLoops.enumerated() where indices?.contains(index) ?? true { eventLoop.run() }
        }
    }

    /// Turns one loop, once.
    func turnOnce(_ index: Int) { eventLoops[index].run() }

    /// Time passes for all loops.
    func pass(_ duration: Duration) {
        clock.advance(by: duration)
        for eventLoop in eventLoops { eventLoop.advanceTime(by: TimeAmount(duration)) }
        turn()
    }
}
