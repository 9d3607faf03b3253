import JSONWire
import NIOCore
import RouterCore
import WebSocketWire

/// The event loop that the router lives on, and the turns in which it decides.
///
/// I/O loops hand over what their connections have sent. The first thing of a turn asks for the turn to be ended once all
/// sockets that were ready have been read; then every I/O loop gets what the turn has for its connections.
package final class RouterLoop {
    let options: ServerOptions
    let eventLoop: any EventLoop
    private var router: Router
    private let loops: Int
    private var isTickDue = false
    private var isDelivering = false
    private let background: any BackgroundWork
    private let wakeup: Wakeup
    private var pace: DeliveryPace
    private let looksAgain: Bool
    private let gate: AcceptGate
    private let isLoopback: Bool

    /// The I/O loop that is on the same event loop, and the others.
    private var local: (loop: IOLoop, index: Int)?
    private var remotes: [Remote] = []
    /// What was handed over and could not be taken yet.
    private var batches: [(arrivals: Arrivals, from: Int)] = []
    private var isTaking = false
    /// The tick that waits for its posts to be durable.
    private var held: Tick?
    private var journaling: Journaling?
    /// What happened meanwhile.
    private var deferred: [(RouterLoop) -> Void] = []
    private var rested: EventLoopPromise<Void>?

    /// - Parameters:
    ///   - pipeline: started.
    ///   - background: runs what handlers wait for.
    ///   - loops: how many I/O loops there are.
    ///   - looksAgain: whether there are sockets to be looked at once more before a turn for many is delivered.
    ///   - isLoopback: whether only this machine can connect; what the configured address says, when nil.
    package init(
        _ options: ServerOptions, _ pipeline: consuming Pipeline, on eventLoop: any EventLoop,
        background: any BackgroundWork, loops: Int = 1, looksAgain: Bool = false, isLoopback: Bool? = nil
    ) {
        self.options = options
        self.eventLoop = eventLoop
        self.background = background
        self.loops = loops
        self.looksAgain = looksAgain
        self.isLoopback = isLoopback ?? options.listen.isLoopback
        gate = AcceptGate(options.limits, log: options.log)
        wakeup = Wakeup(eventLoop)
        pace = DeliveryPace(interval: options.deliveryInterval)
        router = Router(
            pipeline, limits: options.limits, pingInterval: options.timeouts.ping, clock: options.clock, loops: loops,
            journal: options.journal, resume: options.resumePolicy, random: options.random, log: options.log)
        journaling = options.journal.map { Journaling($0.journal, options, on: eventLoop) }
        wakeup.action = { [weak self] in self?.timePassed() }
        journaling?.giveUp = { [unowned self] in giveUp() }
    }

    package var usersOnline: Int { router.usersOnline }

    // MARK: - The I/O loops

    /// What the I/O loop of that number is made of.
    package func setup(_ index: Int) -> IOLoopSetup {
        IOLoopSetup(
            options: options, index: index, loops: loops,
            handshakeRules: options.handshakeRules(isLoopback: isLoopback), gate: gate,
            router: NIOLoopBound(self, eventLoop: eventLoop),
            limitsOfJSON: router.takesFrames ? nil : router.jsonLimits)
    }

    /// The only I/O loop, on the router's own event loop.
    package func makeOnlyLoop() -> IOLoop { setup(0).make(on: eventLoop) }

    func setLocal(_ loop: IOLoop, index: Int) { local = (loop, index) }

    func add(_ remote: Remote) { remotes.append(remote) }

    /// An I/O loop on another thread.
    struct Remote {
        let index: Int
        let loop: NIOLoopBound<IOLoop>
        /// Ticks that it has not delivered yet.
        var underWay = 0
    }

    // MARK: - Turns

    /// Most bytes that are collected before a turn is ended early: it bounds what one turn can add to an outbox.
    static let maxTickBytes = 8 << 20
    /// Most ticks that are under way to an I/O loop; until it has delivered one nothing more is taken from any. What comes
    /// meanwhile shares the next one, and its writes.
    static let maxTicksUnderWay = 1
    /// From how many posts to how many receivers on the sockets are looked at once more before a turn is delivered.
    static let leastPostsToLook = 8
    static let leastReceiversToLook = 16

    /// Tells the router something; what it decides goes out at the end of the turn.
    func withRouter<Result>(_ body: (inout Router) -> Result) -> Result {
        let result = body(&router)
        if router.hasNews { passOnNews() }
        if router.isInTick, !isTickDue { endTickLater() }
        if router.tickBytes >= Self.maxTickBytes, !isDelivering { endTick() }
        return result
    }

    private func endTickLater() {
        isTickDue = true
        let end = {
            self.isTickDue = false
            self.endTick()
        }
        if pace.isBusy(at: options.clock.monotonicMilliseconds) {
            eventLoop.assumeIsolated().scheduleTask(in: pace.interval, end)
        } else {
            eventLoop.assumeIsolated().execute { if self.looksAgain { self.lookAgain(before: end) } else { end() } }
        }
    }

    /// What came while the messages of a turn were handled shares its writes, where these are many.
    private func lookAgain(before end: @escaping () -> Void) {
        let audience = router.audience
        guard router.postsInTick >= Self.leastPostsToLook, audience >= Self.leastReceiversToLook else { return end() }
        // A task that is due in a moment has the event loop look at its sockets first. The moment is a hundredth of what the
        // writes take, so that other loops have the time to hand over what they have read.
        let moment = min(max(1_000, Int64(audience) * 40), 100_000)
        eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(moment), end)
    }

    /// What handlers want to wait for goes its way.
    private func passOnNews() {
        for work in router.takeWork() {
            background.run(work) { [unowned self] outcome in
                whenSettled { loop in loop.withRouter { $0.finished(work.ticket, outcome) } }
            }
        }
        // Behind the new work: some of it may have been abandoned in the same call.
        for ticket in router.takeAbandoned() { background.cancel(ticket) }
    }

    /// Whether an I/O loop on the same event loop need not wait.
    var takesAtOnce: Bool { batches.isEmpty && !isBehind && !isTaking }

    private var isBehind: Bool { held != nil || remotes.contains { $0.underWay >= Self.maxTicksUnderWay } }

    /// Takes what an I/O loop has for the router: at once, or as soon as all loops have delivered what they have got.
    func take(_ arrivals: consuming Arrivals, from index: Int) {
        batches.append((consume arrivals, index))
        takeBatches()
    }

    private func takeBatches() {
        guard !isTaking else { return }
        isTaking = true  // until then nothing overtakes what stands in a batch
        defer { isTaking = false }
        while !isBehind, !batches.isEmpty {
            var (arrivals, index) = batches.removeFirst()
            while !arrivals.isEmpty, !isBehind { withRouter { arrivals.handNext(to: &$0) } }
            if arrivals.isEmpty {
                giveBack(consume arrivals, to: index)
            } else {
                batches.insert((consume arrivals, index), at: 0)
            }
        }
    }

    private func giveBack(_ arrivals: consuming Arrivals, to index: Int) {
        if let local, local.index == index { return local.loop.takeBack(consume arrivals) }
        guard let remote = remotes.first(where: { $0.index == index }) else { return }
        let handover = Handover(consume arrivals)
        remote.loop.eventLoop.execute { [loop = remote.loop] in
            if let arrivals = handover.take() { loop.value.takeBack(consume arrivals) }
        }
    }

    private func endTick() {
        guard held == nil else { return }
        let group = router.takeGroup()
        let tick = router.takeTick()
        guard let group, let journaling else { return deliver(tick) }
        held = tick
        let home = NIOLoopBound(self, eventLoop: eventLoop)
        journaling.commit(group) { failure in home.eventLoop.execute { home.value.settled(failure) } }
    }

    /// What the held tick tells of is durable, or is never going to be.
    private func settled(_ failure: JournalFailure?) {
        guard var tick = held, journaling?.givenUp == nil else { return }
        journaling?.note(failure)
        router.settled(&tick, failure)
        deliver(tick)
        held = nil  // not before: nothing overtakes what the tick holds
        withRouter { _ in }
        let happened = deferred
        deferred.removeAll()
        for event in happened { whenSettled(event) }
        takeBatches()
        noteRested()
    }

    /// Does something as soon as nothing is with the journal.
    private func whenSettled(_ body: @escaping (RouterLoop) -> Void) {
        if held == nil { body(self) } else { deferred.append(body) }
    }

    private func deliver(_ tick: consuming Tick) {
        for place in remotes.indices { send(tick, to: place) }
        if let local {
            isDelivering = true
            local.loop.deliver(tick)
            isDelivering = false
        }
        pace.note(writes: router.audience(of: tick), at: options.clock.monotonicMilliseconds)
        router.reuse(consume tick)  // or its storage could not be used again
        if let next = router.nextDue { wakeup.schedule(at: next, now: options.clock.monotonicMilliseconds) }
        noteRested()
    }

    private func send(_ tick: Tick, to place: Int) {
        guard tick.concerns(loop: remotes[place].index) else { return }
        remotes[place].underWay += 1
        let home = NIOLoopBound(self, eventLoop: eventLoop)
        remotes[place].loop.eventLoop.execute { [loop = remotes[place].loop] in
            loop.value.deliver(tick)
            home.eventLoop.execute { home.value.delivered(by: place) }
        }
    }

    private func delivered(by place: Int) {
        remotes[place].underWay -= 1
        takeBatches()
        noteRested()
    }

    // MARK: - Time

    /// Does what is due by the clock. Called by the event loop in time, and by whoever moves a clock.
    package func timePassed() {
        journaling?.timePassed()
        guard held == nil else { return whenSettled { $0.timePassed() } }
        let now = options.clock.monotonicMilliseconds
        if let next = router.nextDue, next <= now { withRouter { $0.timePassed() } }
        if let next = router.nextDue { wakeup.schedule(at: next, now: now) }
    }

    // MARK: - Stopping

    /// The handlers, to be stopped; nothing of the router is called after this.
    package func takePipeline() -> Pipeline {
        // Those loops hold this one, too.
        local = nil
        remotes = []
        return router.takePipeline()
    }

    /// Tells everybody that the router stops, and closes them; all that is with the journal has `timeouts.close` to be done.
    package func stop() {
        journaling?.stop()
        whenSettled { loop in loop.withRouter { $0.stop() } }
    }

    /// Without an answer of the journal nobody can be told what became of his messages, but that this is the end.
    private func giveUp() {
        local?.loop.giveUp()
        for remote in remotes { remote.loop.eventLoop.execute { [loop = remote.loop] in loop.value.giveUp() } }
        noteRested()
    }

    /// - Returns: done when no tick is due, or under way to any loop; for when no connection is left. Fails with a
    ///   `JournalFailure` when the journal has not come back: nothing more can be asked of it.
    package func rest() -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        rested = promise
        noteRested()
        return promise.futureResult
    }

    private func noteRested() {
        if let failure = journaling?.givenUp { rested?.fail(failure) }
        if !isTickDue, held == nil, remotes.allSatisfy({ $0.underWay == 0 }) { rested?.succeed() }
    }
}
