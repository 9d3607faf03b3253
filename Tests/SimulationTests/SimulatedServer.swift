import HandlerTesting
import Logging
import NIOCore
import NIOEmbedded
@testable import RouterCore
@testable import RouterServer
import Seeds

/// A whole server, its loops turned one after the other in an order of the seed's.
final class SimulatedServer {
    let clock: ManualClock
    let work = SimulatedWork()
    let log = LogRecorder(from: .error)
    let router: RouterLoop
    let loops: [IOLoop]
    private let eventLoops: [EmbeddedEventLoop]
    private let scenario: Scenario
    private let plant: Planting?
    private let journal: SimulatedJournal?
    private var connected = 0

    /// - Parameters:
    ///   - disk: where posts are kept; nil without one.
    ///   - start: the Unix second at which it starts.
    ///   - life: its number.
    init(_ scenario: Scenario, _ plant: Planting?, on disk: SimulatedDisk?, at start: Int64, life: Int) throws {
        self.plant = plant
        self.scenario = scenario
        clock = ManualClock(unix: start)
        journal = disk.map { SimulatedJournal($0) }
        let opened = try journal?.open(for: scenario)
        let eventLoops = (0..<scenario.loops).map { _ in EmbeddedEventLoop() }
        let options = try Shipped.options(
            for: scenario, clock, log.log, opened, seed: scenario.seed &* 31 &+ UInt64(life),
            grace: plant?.plant == .graceIgnored ? .zero : scenario.grace)
        let router = RouterLoop(
            options, Pipeline(options.plan), on: eventLoops[0], background: work, loops: scenario.loops,
            looksAgain: scenario.looksAgain)
        let loops = eventLoops.enumerated().map { index, eventLoop in
            var setup = router.setup(index)
            setup.logSizes = scenario.logSizes
            return setup.make(on: eventLoop)
        }
        if let plant {
            for loop in loops { loop.between = { PlantedSink($0, plant) } }
        }
        for (index, loop) in loops.enumerated().dropFirst() {
            router.add(.init(index: index, loop: NIOLoopBound(loop, eventLoop: eventLoops[index])))
        }
        if scenario.handlersFail, disk == nil {
            router.withRouter { $0.context.archive = SlowArchive(windows: $0.windows) }
        }
        (self.router, self.loops, self.eventLoops) = (router, loops, eventLoops)
    }

    /// A client's end of a new connection. The first one's socket always takes everything.
    ///
    /// - Parameters:
    ///   - index: the loop's.
    ///   - windowBits: what the client and the server will agree on; 0 for nothing.
    func connect(on index: Int, from home: Home, windowBits: Int) throws -> (EmbeddedChannel, SimulatedSocket) {
        connected += 1
        let socket = SimulatedSocket(
            room: connected == 1 ? .max : scenario.socketRoom, isShort: connected > 1 && scenario.writesShort,
            seed: scenario.seed &+ UInt64(connected), plant)
        let connection = Connection(loops[index], address: "192.0.2.1:\(1_000 + connected)")
        let channel = EmbeddedChannel(handlers: [socket, connection], loop: eventLoops[index])
        let address = try SocketAddress(ipAddress: plant?.address(of: home) ?? home.address, port: 1)
        channel.remoteAddress = address  // an embedded channel says it only after it has said that it is connected
        channel.connect(to: address, promise: nil)
        plant?.note(connection.number, socket, windowBits: windowBits)
        connection.socket = DirectSocket { [unowned socket] in socket.send($0) }
        if channel.isActive { channel.read() }
        return (channel, socket)
    }

    /// Some of the loops turn, in any order.
    func turn(_ random: inout Seeded) {
        for index in eventLoops.indices.shuffled(using: &random) where !random.chance(4) { eventLoops[index].run() }
    }

    /// One of the loops turns.
    func turn(_ loop: Int) { eventLoops[loop].run() }

    /// Time passes for all loops.
    func pass(_ milliseconds: Int) {
        clock.advance(by: .milliseconds(milliseconds))
        for eventLoop in eventLoops { eventLoop.advanceTime(by: .milliseconds(Int64(milliseconds))) }
    }

    /// All loops turn until what goes to and fro between them has come to rest.
    func rest() {
        for _ in 0..<(eventLoops.count == 1 ? 3 : 8) {
            for eventLoop in eventLoops { eventLoop.run() }
            if scenario.looksAgain || scenario.interval > .zero { pass(5) }
        }
    }

    /// Everybody is told to go.
    func stop() {
        for loop in loops { _ = loop.stop() }
        router.stop()
    }

    /// The process is no more: what it would still do reaches nobody, and what it held is let go.
    ///
    /// - Parameter done: what the disk was to tell it.
    func die(_ done: (@Sendable (JournalFailure?) -> Void)?) throws {
        journal?.isDead = true
        done?(JournalFailure("nobody is there any more"))
        rest()
        try shutDown()
        _ = router.takePipeline()
    }

    func shutDown() throws {
        // The loops and the router hold one another, so what they keep for the next turn has to be let go by hand.
        router.withRouter { router in
            for _ in 0..<6 { _ = router.takeTick() }
            _ = router.takePipeline()
        }
        for eventLoop in eventLoops { try eventLoop.syncShutdownGracefully() }
    }
}
