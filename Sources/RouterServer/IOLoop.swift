import JSONWire
import NIOCore
import RouterCore
import WebSocketWire

/// An event loop with connections: what their clients send is read here, and what they get is written here.
///
///     sockets ─► frames, JSON ─► arrivals ═╗           one batch per turn, and a tick back
///     sockets ◄─ one write each ◄─ tick ◄══╝ RouterLoop
///
/// With a single loop the router is on it, and what arrives is handed to it at once; otherwise once per turn, and no more
/// before the router has taken the last: what has no room then is not read.
package final class IOLoop {
    let options: ServerOptions
    let bounds: ServerOptions.Bounds
    let eventLoop: any EventLoop
    let connections: ConnectionTable
    let handshakeRules: Handshake.Rules
    /// For all connections: none of them holds state of zlib's.
    let inflater = Inflater()
    let gate: AcceptGate
    private let index: Int
    /// The router, when it is on this loop.
    private let local: RouterLoop?
    private let router: NIOLoopBound<RouterLoop>
    private let limitsOfJSON: JSONLimits?
    private var delivery: Delivery
    private let compression: Compression?
    /// What stands between the delivery of a tick and the connections where a test plants faults; nil in a server.
    var between: ((any DeliverySink) -> any DeliverySink)?
    private var isDelivering = false

    private(set) var arrivals = Arrivals()
    /// Storage for the next; nil while the router has it.
    private var spare: Arrivals? = Arrivals()
    private var isTurnDue = false
    /// Grows whenever what has arrived is handed over.
    private var collection = 0

    /// Connections that wait for `arrivals` to have room, or for the end of the turn.
    private var waiting: [Connection] = []
    private var goingOn: [Connection] = []
    private var tired: [Connection] = []
    private var greeting: [Connection] = []
    /// Those that ended while a tick was delivered: a write may find out that the other side is gone.
    private var ended: [(number: Int, reason: String)] = []

    private var deadlines = Deadlines<Int>()
    private let wakeup: Wakeup
    private var emptied: EventLoopPromise<Void>?

    /// - Parameter local: the router, when it is on this event loop.
    init(_ setup: IOLoopSetup, on eventLoop: any EventLoop, local: RouterLoop?) {
        options = setup.options
        bounds = setup.options.bounds
        self.eventLoop = eventLoop
        index = setup.index
        connections = ConnectionTable(loop: setup.index, of: setup.loops)
        compression = setup.options.makeCompression()
        delivery = Delivery(
            loop: setup.index, of: setup.loops, compression: compression, logSizes: setup.logSizes)
        handshakeRules = setup.handshakeRules
        gate = setup.gate
        router = setup.router
        limitsOfJSON = setup.limitsOfJSON
        self.local = local
        wakeup = Wakeup(eventLoop)
        wakeup.action = { [weak self] in self?.timePassed() }
    }

    var now: Int64 { options.clock.monotonicMilliseconds }

    /// How many connections have not ended.
    package var connectionCount: Int { connections.count }

    /// Cuts the oldest connection of a kind for one that has come.
    ///
    /// - Returns: whether there was one.
    func makeRoom(_ kind: AcceptGate.Place.Kind) -> Bool {
        guard let oldest = connections.oldest(kind) else { return false }
        oldest.giveWay()
        return true
    }

    /// How many connections of all loops are counted as those that are no users.
    package var strangerCount: Int { gate.nonUsers.connections }

    // MARK: - To the router

    /// Whether all connections have to wait with what they read.
    var isFull: Bool { arrivals.isFull }

    /// Whether a connection has to.
    func isFull(for connection: Connection) -> Bool {
        arrivals.isFull || connection.share.isFull(in: collection)
    }

    /// The connection is to go on when there is room again.
    func noteWaiting(_ connection: Connection) { waiting.append(connection) }

    /// Hands over texts of a connection, as long as there is room for them.
    ///
    /// - Parameter next: hands on the next text of what was read. It returns false, without, when something else comes
    ///   first, or nothing. Nobody must hold on to the text: its buffer is to be used again for the next.
    /// - Returns: whether nothing more of the connection is to be handled.
    func handTexts(of connection: Connection, _ next: (_ take: (consuming ByteBuffer) -> Void) -> Bool) -> Bool {
        let number = connection.number
        if let local = directRouter {
            // All in one go: to get at the router costs as much as a good part of what it does.
            return local.withRouter { router in
                while router.tickBytes < RouterLoop.maxTickBytes, next({ router.received($0, from: number) }) {
                    if router.isHeld(number) { return true }
                }
                return false
            }
        }
        while !isFull(for: connection), next({ append($0, from: number) }) { connection.share.add(to: collection) }
        if !arrivals.isEmpty { endTurnLater() }
        return false
    }

    private func append(_ text: consuming ByteBuffer, from connection: Int) {
        if let limitsOfJSON {
            arrivals.append(text, from: connection, limitsOfJSON)
        } else {
            arrivals.append(.text(connection, text))
        }
    }

    /// - Returns: whether nothing more of the connection is to be handled.
    @discardableResult
    func hand(_ event: Arrivals.Event) -> Bool {
        if let local = directRouter {
            return local.withRouter { router in
                event.hand(to: &router)
                return event.connection.map { router.isHeld($0) } ?? false
            }
        }
        arrivals.append(event)
        if let number = event.connection { connections[number]?.share.add(to: collection) }
        endTurnLater()
        return false
    }

    private var directRouter: RouterLoop? {
        guard let local, local.takesAtOnce, arrivals.isEmpty, !isDelivering else { return nil }
        return local
    }

    private func endTurnLater() {
        guard !isTurnDue, !isDelivering else { return }
        isTurnDue = true
        eventLoop.assumeIsolated().execute {
            self.isTurnDue = false
            self.endTurn()
        }
    }

    /// Hands over what has arrived, unless the router still has the last.
    private func endTurn() {
        guard !arrivals.isEmpty, var batch = spare.take() else { return }
        swap(&batch, &arrivals)
        collection += 1
        if let local { return local.take(consume batch, from: index) }
        let handover = Handover(consume batch)
        router.eventLoop.execute { [router, index] in
            if let batch = handover.take() { router.value.take(consume batch, from: index) }
        }
    }

    /// The router is through with what it was handed.
    func takeBack(_ batch: consuming Arrivals) {
        spare = consume batch
        spare?.clear()
        endTurn()
        noteEmptied()
        guard !waiting.isEmpty else { return }
        eventLoop.assumeIsolated().execute {
            let connections = self.waiting
            self.waiting.removeAll()
            for connection in connections { connection.readAgain() }
        }
    }

    // MARK: - From the router

    func deliver(_ tick: borrowing Tick) {
        isDelivering = true
        compression?.note(now)
        if let between {
            delivery.deliver(tick, to: between(connections))
        } else {
            delivery.deliver(tick, to: connections)
        }
        for connection in greeting { connection.greet() }
        greeting.removeAll(keepingCapacity: true)
        isDelivering = false
        for (number, reason) in takeEnded() { remove(number, because: reason) }
        for number in connections.takeSlowReaders() { hand(.failed(number, .slowReader)) }
        if !arrivals.isEmpty { endTurnLater() }
    }

    private func takeEnded() -> [(number: Int, reason: String)] {
        guard !ended.isEmpty else { return [] }
        defer { ended.removeAll() }
        return ended
    }

    /// What the connection gets may be compressed.
    func compress(for connection: Connection, _ agreed: PermessageDeflate) {
        delivery.compress(for: connection.number, windowBits: agreed.windowBits)
    }

    /// The connection's handshake is answered together with what the next tick has for it.
    func noteGreeting(_ connection: Connection) { greeting.append(connection) }

    /// The connection goes on reading once this turn is over.
    func letGoOn(_ connection: Connection) {
        connection.isGoingOn = true
        goingOn.append(connection)
        guard goingOn.count == 1 else { return }
        eventLoop.assumeIsolated().execute {
            let connections = self.goingOn
            self.goingOn.removeAll()
            for connection in connections { connection.goOn() }
        }
    }

    /// The connection goes on reading once the others have had their turn.
    func letOthersFirst(_ connection: Connection) {
        tired.append(connection)
        guard tired.count == 1 else { return }
        eventLoop.assumeIsolated().execute {
            let connections = self.tired
            self.tired.removeAll()
            for connection in connections { connection.readAgain() }
        }
    }

    /// A connection is no more.
    func ended(_ number: Int, because reason: String) {
        if isDelivering { return ended.append((number, reason)) }
        remove(number, because: reason)
    }

    private func remove(_ number: Int, because reason: String) {
        delivery.remove(number)
        connections.remove(number)
        hand(.ended(number, because: reason))
        noteEmptied()
    }

    // MARK: - Time

    /// Has the connection look at its timeouts at that time.
    func wake(_ number: Int, at time: Int64) {
        deadlines.add(number, at: time)
        wakeup.schedule(at: time, now: now)
    }

    /// Looks at every timeout that is due by the clock. Called by the event loop in time, and by whoever moves a clock.
    package func timePassed() {
        let now = now
        // All that are due first: one that is due again at once must not keep the loop here.
        var due: [Int] = []
        while let number = deadlines.popDue(at: now) { due.append(number) }
        for number in due { connections[number]?.check(now) }
        if let next = deadlines.next { wakeup.schedule(at: next, now: now) }
    }

    // MARK: - Stopping

    var isStopping: Bool { emptied != nil }

    /// Those who are no users are cut; those who do not answer the router's close frame in `timeouts.close` are, too.
    ///
    /// - Returns: done when no connection is left, and the router knows of it.
    package func stop() -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        emptied = promise
        connections.forEach { $0.stop() }
        noteEmptied()
        return promise.futureResult
    }

    /// The router does not answer any more: everybody is told that this is the end, and cut.
    func giveUp() {
        connections.forEach { $0.giveUp() }
        emptied?.succeed()
    }

    private func noteEmptied() {
        if connections.isEmpty, arrivals.isEmpty, spare != nil { emptied?.succeed() }
    }
}
