import HandlerKit
import Logging
import NIOCore
import JSONWire
import WebSocketWire

/// The one writer: all sessions, rooms and handlers, and what becomes of every message.
///
/// It opens no socket and knows no clock of its own. Connections are numbers to it; what it decides leaves as a `Tick`.
/// Its calls belong to one loop, and `takeTick` ends each of that loop's turns in which something was called.
public struct Router: ~Copyable {
    var pipeline: Pipeline
    let limits: Limits
    /// How texts are to be read.
    public let jsonLimits: JSONLimits
    let clock: any RouterClock
    let log: Logger

    var context: Context
    var message = Message()
    var tick: Tick
    /// Storage of earlier ticks, for the next.
    var spareTicks: [Tick] = []
    let loops: Int
    /// Whether something has happened since the last tick was taken.
    public internal(set) var isInTick = false
    private var isStopping = false
    /// The time zone's offset in a quarter of an hour; zones change at the full quarter.
    var zone: (quarter: Int64, seconds: Int) = (.min, 0)
    let timestampDigits = TimestampDigits()
    /// Of `context.time.unix`.
    var nowDigits = OutgoingFrame.nothing
    /// Grows with every tick.
    var turn = 0

    /// By slot; the first is nobody's.
    var sessions: [Session?] = [nil]
    private var freeSlots: [Int] = []
    private(set) var connectionsOfAddresses = AddressCounts()
    /// The session of each connection, by its number; nil for those that have none, or no longer.
    private var slots: [Int?] = []
    let roomNames: RoomNames
    let windows: PostWindows
    var ids: IdSource
    var alarms = Deadlines<Alarm>()
    /// Whom `Context.close` named in the effects that are being carried out.
    var closings: [(User.Place, Rejection)] = []

    /// What happens to messages, while somebody wants to know.
    var trace: Trace?
    /// What the turn has for the journal; nil without one.
    var commitment: Commitment?

    var pendingWork: [PendingWork] = []
    /// What handlers have begun to wait for and has not ended, whether anybody still waits or not.
    var runningWork = 0
    var abandoned: [WaitingTicket] = []
    var lastTicket = 0
    var refusals: [Refusal: RepeatedLine] = [:]

    /// - Parameters:
    ///   - pipeline: started.
    ///   - pingInterval: what clients are told of it (P47).
    ///   - loops: how many I/O loops the connections are spread over: see `Tick`.
    ///   - ids: continues from those of an earlier run, where they are known.
    ///   - journal: where posts become durable; without one they are as soon as they are in memory.
    public init(
        _ pipeline: consuming Pipeline, limits: Limits, pingInterval: Duration, clock: any RouterClock,
        loops: Int = 1, ids: IdSource = IdSource(), journal: OpenJournal? = nil, log: Logger
    ) {
        self.loops = loops
        tick = Tick(loops: loops)
        roomNames = RoomNames(pipeline.rooms)
        windows = PostWindows(
            rooms: pipeline.rooms, maxPosts: limits.maxRoomPosts, maxBytes: limits.maxRoomBytes.bytes, journal)
        commitment = journal.map { Commitment(keepsPrivateMessages: $0.keepsPrivateMessages) }
        context = Context(archive: windows)
        context.rooms = Rooms(pipeline.rooms)
        self.limits = limits
        self.clock = clock
        self.ids = journal?.contents.ids ?? ids
        self.log = log
        jsonLimits = JSONLimits(
            maxBytes: limits.maxMessageBytes.bytes, maxDepth: limits.maxJsonDepth, maxMembers: limits.maxJsonMembers)
        context.server.startedAt = clock.unixMilliseconds / 1_000
        context.server.types = pipeline.types
        context.server.limits = [
            "max_message_bytes": limits.maxMessageBytes.bytes,
            "ping_seconds": (pingInterval.milliseconds + 999) / 1_000,
        ]
        context.server.limits.append(pipeline.announcedLimits)
        for index in pipeline.handlers.indices {
            guard let interval = pipeline.handlers[index].wakesEvery else { continue }
            alarms.add(.every(handler: index, interval), at: clock.monotonicMilliseconds + Int64(interval.milliseconds))
        }
        self.pipeline = pipeline
    }

    /// The handlers, once nothing is called any more, to be stopped.
    public mutating func takePipeline() -> Pipeline {
        var handlers = Pipeline(PipelinePlan())
        swap(&handlers, &pipeline)
        alarms = Deadlines()  // they are for these handlers
        return handlers
    }

    /// The bytes of the turn so far: the turn should end before they come to much.
    public var tickBytes: Int { tick.ownBytes }

    /// Whether handlers take frames as they come, so that nothing has to read them as JSON.
    public var takesFrames: Bool { pipeline.takesFrames }

    /// How many posts the turn has brought so far, and how many get any of them.
    public var postsInTick: Int { tick.posts.count }
    public var audience: Int { audience(of: tick) }

    /// How many get something of a tick that is for a room or for all.
    public func audience(of tick: borrowing Tick) -> Int {
        tick.posts.reduce(0) { most, post in
            max(most, post.room == .everyone ? usersOnline : context.rooms.counts[post.room.number - 1])
        }
    }

    /// How many users are online.
    public var usersOnline: Int { context.users.count }

    // MARK: - A connection's life

    /// A connection is ready to exchange messages: somebody is admitted, or told that the server is full (P16, P23).
    ///
    /// - Parameters:
    ///   - address: for the log.
    ///   - network: what limits know it by; nil when they do not apply to it.
    public mutating func opened(_ connection: Int, address: String, network: IPAddress? = nil) {
        beginTick()
        guard !isStopping else { return close(connection, .shuttingDown) }
        guard context.users.count < limits.maxConnections else {
            noteRefusal(.serverFull, address)
            return close(connection, .serverFull(limit: limits.maxConnections))
        }
        guard connectionsOfAddresses.add(network, upTo: limits.maxConnectionsPerAddress) else {
            noteRefusal(.crowdedAddress, address)
            return close(connection, .tooManyConnections(limit: limits.maxConnectionsPerAddress))
        }
        let slot = admit(connection, address, network)
        tick.edit(connection, .move(to: context.rooms.memberships(of: context.sender)))
        for index in pipeline.handlers.indices {
            context.handler = index
            pipeline.handlers[index].admitted(&context)
        }
        carryOut(for: slot)
        let user = context.sender
        endThoseToClose()
        log.info("\(logged(user.name)) connected from \(address), \(usersOnline) online")
    }

    /// A connection has ended, in whatever way: its user leaves, once (P16).
    public mutating func closed(_ connection: Int, because reason: String) {
        beginTick()
        end(connection, because: reason)
        tick.edit(connection, .gone)
    }

    private mutating func end(_ connection: Int, because reason: String) {
        guard let slot = slot(of: connection) else { return }
        leave(slot, because: reason)
        endThoseToClose()
    }

    /// The client closes: its user leaves, and behind what it is still to get stands the answer to its close frame.
    public mutating func closedByClient(_ connection: Int, _ code: CloseCode?) {
        beginTick()
        if let slot = slot(of: connection), queues(.close(code), slot) { return }
        end(connection, because: "closed by the client\(code.map { " with \($0.rawValue)" } ?? "")")
        tick.edit(connection, .close(.answered(code ?? .normal)))
    }

    /// The router stops: everybody is told, and closed with 1001.
    public mutating func stop() {
        beginTick()
        isStopping = true
        for refusal in Refusal.allCases { tellRefusals(refusal) }
        for case let session? in sessions {
            close(session.connection, .shuttingDown)
            sayGoodbye(to: session)
            context.discardEffects()  // everybody goes: nobody is left to be told
            forget(context.sender, session.connection)
            log.info("User\(session.id) from \(session.address) left: the server stops, \(usersOnline) online")
        }
    }

    /// A connection is to end for a reason that is seen below the core: bytes against RFC 6455, no pong, a full outbox.
    public mutating func drop(_ connection: Int, _ closing: Closing) {
        beginTick()
        end(connection, closing)
    }

    // MARK: - Sessions

    func slot(of connection: Int) -> Int? {
        connection < slots.count ? slots[connection] : nil
    }

    private mutating func admit(_ connection: Int, _ address: String, _ network: IPAddress?) -> Int {
        let slot = freeSlots.popLast() ?? sessions.count
        if slot == sessions.count { sessions.append(nil) }
        let id = ids.nextUser()
        let user = User(id: id, name: "User\(id)", connectedAt: context.time.unix, slot: slot)
        sessions[slot] = Session(
            id: user.id, connection: connection, address: address, network: network,
            name: JSONText.encode(user.name), keys: RememberedKeys(capacity: limits.maxKeysPerSession))
        while slots.count <= connection { slots.append(nil) }
        slots[connection] = slot
        context.users.insert(user, from: network)
        context.rooms.add(user, to: 0)
        context.sender = user
        return slot
    }

    /// The user goes, and the others are told by whichever handler tells them.
    private mutating func leave(_ slot: Int, because reason: String) {
        guard let session = sessions[slot] else { return }
        sayGoodbye(to: session)
        let user = context.sender
        carryOut(for: slot)
        forget(user, session.connection)
        log.info("\(logged(user.name)) (User\(user.id)) from \(session.address) left: \(reason), \(usersOnline) online")
    }

    /// The user is no longer among those online, and every handler hears of it.
    private mutating func sayGoodbye(to session: Session) {
        guard let user = context.users[session.id] else { return }
        context.users.remove(user)
        context.sender = user
        if let waiting = session.waiting {
            abandoned.append(waiting.ticket)
        }
        for index in pipeline.handlers.indices.reversed() {
            context.handler = index
            pipeline.handlers[index].left(&context)
        }
    }

    /// What the user's handlers said of its leaving is done: its rooms count one less, and its place is free.
    private mutating func forget(_ user: User, _ connection: Int) {
        for room in context.rooms.numbers(joinedBy: user) { context.rooms.remove(user, from: room) }
        guard let slot = slot(of: connection) else { return }
        connectionsOfAddresses.remove(sessions[slot]?.network)
        sessions[slot] = nil
        slots[connection] = nil
        freeSlots.append(slot)
    }

    /// Closes a connection of ours, and lets its user leave; and whoever is to be closed because of that.
    mutating func end(_ connection: Int, _ closing: Closing, answering ref: ByteBuffer = ByteBuffer()) {
        endAlone(connection, closing, answering: ref)
        endThoseToClose()
    }

    mutating func endAlone(_ connection: Int, _ closing: Closing, answering ref: ByteBuffer = ByteBuffer()) {
        close(connection, closing, answering: ref)
        if let slot = slot(of: connection) {
            leave(slot, because: "closed with \(closing.code.rawValue), \(closing.message)")
        }
    }

    /// P49: an `error` frame, where one is due, and the close.
    private mutating func close(_ connection: Int, _ closing: Closing, answering ref: ByteBuffer = ByteBuffer()) {
        if closing.isAnnounced, !pipeline.takesFrames { sendError(closing.content, ref: ref, to: connection) }
        tick.edit(connection, .close(closing))
    }
}
