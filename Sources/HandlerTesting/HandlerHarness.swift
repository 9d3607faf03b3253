import HandlerKit
import NIOConcurrencyHelpers
import NIOCore
import RouterCore
import WebSocketWire

/// A router in memory for tests of a handler: users come, send, and what each of them gets is kept until it is asked for.
///
///     let router = try HandlerHarness(Dice.self, settings: ["sides": "1"])
///     let (ada, bob) = (router.join(), router.join())
///     try router.send(#"{"type":"dice","ref":1}"#, from: ada)
///     #expect(router.frames(to: bob).first?.content["value"] as? Int == 1)
///
/// Nothing in it happens by itself: time stands still until a test moves it, and whatever an `AsyncHandler` waits for
/// is waited for when something is sent, or frames are asked for. The handlers are stopped when it is closed, or nothing
/// refers to it any more.
public final class HandlerHarness {
    /// The router's clock. What is due when it was moved happens before the next `send` or `frames`.
    public let clock = ManualClock()
    package let recorder: LogRecorder
    package let sink = RecordingSink()
    package private(set) var router: Router
    private let work = MemoryWork()
    private var delivery = Delivery()
    private var nextConnection = 0
    private var countReturning = 0
    /// One that answers at once.
    private let journal: (any Journal)?

    /// - Parameters:
    ///   - handlers: top to bottom as in plugins.yaml; they are started.
    ///   - settings: values as in plugins.yaml, by the setting's name for the last handler, by `handler.setting` for any.
    /// - Throws: what keeps a handler from starting; a setting that there is not, or a value that it refuses.
    public convenience init(_ handlers: any Handler.Type..., settings: [String: String] = [:]) throws {
        try self.init(PipelinePlan(handlers, settings: settings))
    }

    package convenience init(
        _ plan: PipelinePlan, limits: Limits = Limits(), recorder: LogRecorder = LogRecorder()
    ) throws {
        self.init(try .started(plan), limits: limits, ids: IdSource(), recorder: recorder)
    }

    /// Handlers that are not started.
    package convenience init(
        _ entries: [PipelinePlan.Entry], limits: Limits = Limits(), ids: IdSource = IdSource(),
        journal: OpenJournal? = nil, resume: ResumePolicy = ResumePolicy(), tokens: CountingTokens = CountingTokens()
    ) {
        self.init(
            Pipeline(PipelinePlan(entries)), limits: limits, ids: ids, journal: journal, resume: resume,
            tokens: tokens, recorder: LogRecorder())
    }

    /// Handlers that are not started.
    package convenience init(_ handlers: [any Handler.Type], limits: Limits = Limits()) {
        self.init(handlers.map { PipelinePlan.Entry($0) }, limits: limits)
    }

    private init(
        _ pipeline: consuming Pipeline, limits: Limits, ids: IdSource, journal: OpenJournal? = nil,
        resume: ResumePolicy = ResumePolicy(), tokens: CountingTokens = CountingTokens(), recorder: LogRecorder
    ) {
        self.recorder = recorder
        self.journal = journal?.journal
        router = Router(
            pipeline, limits: limits, pingInterval: .seconds(25), clock: clock, ids: ids, journal: journal,
            resume: resume, random: tokens, log: recorder.log)
    }

    deinit {
        try? shutDown()  // who wants to know of handlers that don't stop closes it
    }

    // MARK: - For everybody's tests

    /// Everybody leaves, and the handlers are stopped; nothing can be sent any more.
    ///
    /// - Throws: when they have not stopped within 5 s.
    public func close() throws {
        router.stop()
        endTurn()
        try shutDown()
    }

    private func shutDown() throws {
        router.stop()
        work.stop()
        try router.takePipeline().stopHere()
    }

    /// Somebody connects. What that brings to anybody is forgotten.
    ///
    /// - Returns: the connection's number.
    public func join() -> Int {
        let connection = open()
        endTurn()
        sink.forget()
        return connection
    }

    /// The user's connection ends.
    public func leave(_ connection: Int) {
        lose(connection)
        settle()
    }

    /// Sends a text frame.
    ///
    /// - Throws: when the user is no longer connected.
    public func send(_ text: String, from connection: Int) throws {
        guard user(connection) != nil else { throw ScriptFault("\(connection) is not connected") }
        settle()
        post(text, from: connection)
        settle()
    }

    /// What a user has got since this was last asked, or since everybody's last `join`.
    public func frames(to connection: Int) -> [ReceivedFrame] {
        settle()
        return delivered(to: connection)
    }

    private func delivered(to connection: Int) -> [ReceivedFrame] {
        takeFrames(of: connection).compactMap { frame in
            if case .text(let text) = frame { ReceivedFrame(whatever: text) } else { nil }
        }
    }

    /// What has been delivered to a connection since this was last asked.
    func takeFrames(of connection: Int) -> [ServerFrame] {
        var bytes = Array(sink.takeBytes(of: connection).readableBytesView)
        var frames: [ServerFrame] = []
        while let frame = try? ServerFrame(takenFrom: &bytes) { frames.append(frame) }
        return frames
    }

    private func discardTurn() {
        let tick = router.takeTick()
        router.reuse(tick)
    }

    /// With which code the router closed a user's connection; nil when it did not.
    public func closeCode(of connection: Int) -> Int? {
        settle()
        return sink.closings[connection].map { Int($0.code.rawValue) }
    }

    /// A user as handlers see it; nil when it has left.
    public func user(_ connection: Int) -> User? { router.user(of: connection) }

    /// Lets time pass, second by second.
    public func pass(_ duration: Duration) {
        var rest = duration
        while rest > .zero {
            let step = min(rest, .seconds(1))
            rest -= step
            clock.advance(by: step)
            settle()
        }
    }

    /// What was logged so far: `error: dice failed: …`.
    public var logged: [String] { recorder.lines }

    // MARK: - For the router's own

    /// - Parameters:
    ///   - number: the connection's; a new one when nil.
    ///   - network: what limits know it by; nil when they do not apply to it.
    ///   - isReturning: whether it is to resume a session.
    @discardableResult
    package func open(_ number: Int? = nil, from network: IPAddress? = nil, isReturning: Bool = false) -> Int {
        let connection = number ?? nextConnection
        nextConnection = max(nextConnection, connection + 1)
        sink.open.insert(connection)
        countReturning += isReturning ? 1 : 0
        router.opened(
            connection, address: "192.0.2.1:\(connection)", network: network,
            returning: isReturning ? countReturning : nil)
        return connection
    }

    package func post(_ text: String, from connection: Int) {
        router.received(ByteBuffer(string: text), from: connection)
    }

    /// The socket is gone.
    package func lose(_ connection: Int) {
        router.closed(connection, because: "connection lost")
        delivery.remove(connection)
        sink.open.remove(connection)
    }

    package func withRouter(_ body: (inout Router) -> Void) { body(&router) }

    package func endTurn() {
        let tick = takeDurableTick()
        delivery.deliver(tick, to: sink)
        router.reuse(tick)
        // Everybody takes everything at once.
        let held = sink.takeHeld()
        for connection in held { router.caughtUp(connection) }
        if !held.isEmpty { endTurn() }
    }

    private func takeDurableTick() -> Tick {
        let group = router.takeGroup()
        var tick = router.takeTick()
        guard let group else { return tick }
        let answer = NIOLockedValueBox<JournalFailure??>(nil)
        journal?.commit(group) { failure in answer.withLockedValue { $0 = .some(failure) } }
        guard let failure = answer.withLockedValue({ $0 }) else {
            preconditionFailure("a journal that keeps one waiting")
        }
        router.settled(&tick, failure)
        return tick
    }

    /// Sends one message, ends the turn, and returns what the sender got.
    package func ask(_ text: String, from connection: Int) throws -> [ReceivedFrame] {
        post(text, from: connection)
        endTurn()
        return try said(to: connection)
    }

    /// What a connection was sent since the last call; all of it is JSON.
    package func said(to connection: Int) throws -> [ReceivedFrame] {
        try delivered(to: connection).map { try ReceivedFrame($0.text) }
    }

    /// Does what is due, waits for whatever handlers wait for, and delivers.
    ///
    /// - Parameter delivering: false where nobody asks what anybody got.
    package func settle(delivering: Bool = true) {
        router.timePassed()
        repeat {
            for ticket in router.takeAbandoned() { work.cancel(ticket) }
            for pending in router.takeWork() {
                work.run(pending) { [unowned self] in router.finished(pending.ticket, $0) }
            }
            work.deliver()
            guard work.isRunning, !router.hasNews else { continue }
            guard work.awaitAnswer() else { break }
            work.deliver()
        } while router.hasNews || work.isRunning
        if delivering { endTurn() } else { discardTurn() }
        if router.hasNews { settle(delivering: delivering) }  // who has taken one thing may be due the next
    }
}
