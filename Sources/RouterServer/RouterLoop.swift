import NIOCore
import RouterCore
import WebSocketWire

/// The event loop that everything happens on: the router, the connections, and the turns in which they meet.
///
/// Connections call in as their bytes arrive. The first call of a turn asks for the turn to be ended once all sockets
/// that were ready have been read; then everybody gets what the turn has for them in one write.
package final class RouterLoop {
    let options: ServerOptions
    let eventLoop: any EventLoop
    let connections = ConnectionTable()
    let handshakeRules: Handshake.Rules
    private var router: Router
    private var delivery = Delivery()
    private var isTickDue = false
    private var isDelivering = false
    private var deadlines = Deadlines<Int>()
    private let background: any BackgroundWork
    private var wakeup: (at: Int64, task: Scheduled<Void>)?
    private var emptied: EventLoopPromise<Void>?
    /// Connections that have caused enough in this turn.
    private var held: [Connection] = []
    /// Grows with every turn.
    private(set) var turn = 0

    /// - Parameters:
    ///   - pipeline: started.
    ///   - background: runs what handlers wait for.
    ///   - isLoopback: whether only this machine can connect; what the configured address says, when nil.
    package init(
        _ options: ServerOptions, _ pipeline: consuming Pipeline, on eventLoop: any EventLoop,
        background: any BackgroundWork, isLoopback: Bool? = nil
    ) {
        self.options = options
        self.eventLoop = eventLoop
        self.background = background
        handshakeRules = options.handshakeRules(isLoopback: isLoopback ?? options.listen.isLoopback)
        router = Router(
            pipeline, limits: options.limits, pingInterval: options.timeouts.ping, clock: options.clock,
            log: options.log)
    }

    package var usersOnline: Int { router.usersOnline }

    /// Bytes of this turn that are for one connection each.
    var replyBytes: Int { router.replyBytes }

    var now: Int64 { options.clock.monotonicMilliseconds }

    // MARK: - Turns

    /// Most bytes that are collected before a turn is ended early: it bounds what one turn can add to an outbox.
    static let maxTickBytes = 8 << 20

    /// Tells the router something; what it decides goes out at the end of the turn.
    func withRouter(_ body: (inout Router) -> Void) {
        body(&router)
        if router.hasNews { passOnNews() }
        if !isTickDue {
            isTickDue = true
            eventLoop.assumeIsolated().execute {
                self.isTickDue = false
                self.endTick()
            }
        }
        if router.tickBytes >= Self.maxTickBytes, !isDelivering { endTick() }
    }

    /// Whether as many messages of a connection wait in handlers as may.
    func isFull(_ number: Int) -> Bool { router.isFull(number) }

    /// Whether a message of a connection waits in a handler.
    func isWaiting(_ number: Int) -> Bool { router.isWaiting(number) }

    /// What handlers want to wait for goes its way, and connections of which more can be read go on.
    private func passOnNews() {
        for work in router.takeWork() {
            background.run(work) { [unowned self] outcome in withRouter { $0.finished(work.ticket, outcome) } }
        }
        // Behind the new work: some of it may have been abandoned in the same call.
        for ticket in router.takeAbandoned() { background.cancel(ticket) }
        for number in router.takeRelieved() {
            eventLoop.assumeIsolated().execute { self.connections[number]?.goOn() }
        }
    }

    private func endTick() {
        turn += 1
        let tick = router.takeTick()
        isDelivering = true
        delivery.deliver(tick, to: connections)
        isDelivering = false
        router.reuse(tick)
        // Not yet the numbers of those who end here: the next turn may still have something for them.
        connections.freeNumbers()
        for (number, reason) in connections.takeEnded() { remove(number, because: reason) }
        for number in connections.takeSlowReaders() { withRouter { $0.drop(number, .slowReader) } }
        letHeldGoOn()
        scheduleWakeup()
    }

    /// What the connection has read and not handled waits for the next turn.
    func hold(_ connection: Connection) { held.append(connection) }

    private func letHeldGoOn() {
        guard !held.isEmpty else { return }
        let waiting = held
        held.removeAll()
        eventLoop.assumeIsolated().execute { for connection in waiting { connection.goOn() } }
    }

    /// A connection is no more. While a turn is delivered this only notes it: a write may find out that the other side is gone.
    func ended(_ number: Int, because reason: String) {
        if isDelivering { return connections.noteEnded(number, because: reason) }
        remove(number, because: reason)
    }

    private func remove(_ number: Int, because reason: String) {
        withRouter { $0.closed(number, because: reason) }
        delivery.remove(number)
        connections.remove(number)
        if connections.isEmpty { emptied?.succeed() }
    }

    // MARK: - Time

    /// Has the connection look at its timeouts at that time.
    func wake(_ number: Int, at time: Int64) {
        deadlines.add(number, at: time)
        scheduleWakeup()
    }

    /// Looks at every timeout that is due by the clock. Called by the event loop in time, and by whoever moves a clock.
    package func timePassed() {
        let now = now
        // All that are due first: one that is due again at once must not keep the loop here.
        var due: [Int] = []
        while let number = deadlines.popDue(at: now) { due.append(number) }
        for number in due { connections[number]?.check(now) }
        if let next = router.nextDue, next <= now { withRouter { $0.timePassed() } }
        scheduleWakeup()
    }

    private func scheduleWakeup() {
        let next = min(deadlines.next ?? .max, router.nextDue ?? .max)
        guard next < wakeup?.at ?? .max else { return }
        wakeup?.task.cancel()
        let task = eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(max(1, next - now))) {
            self.wakeup = nil
            self.timePassed()
        }
        wakeup = (next, task)
    }

    // MARK: - Stopping

    /// The handlers, to be stopped; nothing of the router is called after this.
    package func takePipeline() -> Pipeline { router.takePipeline() }

    /// Tells everybody that the router stops, and closes them; those who do not answer in `timeouts.close` are cut.
    ///
    /// - Returns: done when no connection is left.
    package func stop() -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        emptied = promise
        withRouter { $0.stop() }
        connections.forEach { $0.stop() }
        if connections.isEmpty { promise.succeed() }
        return promise.futureResult
    }
}
