import DequeModule
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
    var isStopping = false
    /// The time zone's offset in a quarter of an hour; zones change at the full quarter.
    var zone: (quarter: Int64, seconds: Int) = (.min, 0)
    let timestampDigits = TimestampDigits()
    /// Of `context.time.unix`.
    var nowDigits = OutgoingFrame.nothing
    /// Grows with every tick.
    var turn = 0

    /// By slot; the first is nobody's.
    var sessions: [Session?] = [nil]
    var freeSlots: [Int] = []
    var connectionsOfAddresses = AddressCounts()
    /// The session of each connection, by its number; nil for those that have none, or no longer.
    var slots: [Int?] = []
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
    /// Begins when the turn's posts are durable.
    var workBehindCommit: [PendingWork] = []
    /// What handlers have begun to wait for and has not ended, whether anybody still waits or not.
    var runningWork = 0
    var abandoned: [WaitingTicket] = []
    var lastTicket = 0
    var refusals: [Refusal: RepeatedLine] = [:]

    let policy: ResumePolicy
    var resumptions: Resumptions
    var random: any RandomNumberGenerator & Sendable
    /// Those who want to resume a session, by their connections.
    var visitors: [Int: Visitor] = [:]
    /// What is read of the journal.
    var readings: [Int: ReadingFor] = [:]
    /// Visitors that wait for their turn to have the journal read.
    var line: Deque<Int> = []
    /// What the log says when that fails.
    var unreadable = RepeatedLine()
    /// Rooms whose posts are being read again.
    var refilling: Set<Int> = []
    /// Whether an alarm is set for what could not be saved of sessions.
    var isToSaveAgain = false
    /// Users without a connection, who are waited for.
    var countDetached = 0
    /// Whether an alarm is set that forgets sessions.
    var hasForgettingAlarm = false
    let newestOfEarlierRun: Int64
    let journal: (any Journal)?

    /// - Parameters:
    ///   - pipeline: started.
    ///   - pingInterval: what clients are told of it (P47).
    ///   - loops: how many I/O loops the connections are spread over: see `Tick`.
    ///   - ids: continues from those of an earlier run, where they are known.
    ///   - journal: where posts become durable; without one they are as soon as they are in memory.
    ///   - random: where the tokens come from that resume sessions.
    public init(
        _ pipeline: consuming Pipeline, limits: Limits, pingInterval: Duration, clock: any RouterClock,
        loops: Int = 1, ids: IdSource = IdSource(), journal: OpenJournal? = nil, resume: ResumePolicy = ResumePolicy(),
        random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator(), log: Logger
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
        let ids = journal?.contents.ids ?? ids
        self.ids = ids
        newestOfEarlierRun = ids.newestMessage
        self.journal = journal?.journal
        policy = resume
        self.random = random
        resumptions = Resumptions(most: limits.maxResumableSessions, isKept: journal != nil)
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
        recall(journal?.contents.sessions ?? [])
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
    ///   - returning: nil unless it is to say which session it resumes before anything is served (P46); then the how many-th
    ///     of those it is.
    public mutating func opened(
        _ connection: Int, address: String, network: IPAddress? = nil, returning: Int? = nil
    ) {
        beginTick()
        guard !isStopping else { return close(connection, .shuttingDown) }
        guard context.users.count - countDetached + visitors.count < limits.maxConnections else {
            noteRefusal(.serverFull, address)
            return close(connection, .serverFull(limit: limits.maxConnections))
        }
        guard connectionsOfAddresses.add(network, upTo: limits.maxConnectionsPerAddress) else {
            noteRefusal(.crowdedAddress, address)
            return close(connection, .tooManyConnections(limit: limits.maxConnectionsPerAddress))
        }
        if let returning, resumes {
            expect(connection, address, network, returning)
        } else {
            welcome(connection, address, network)
        }
    }

    /// Somebody becomes a user; its address is counted already.
    mutating func welcome(_ connection: Int, _ address: String, _ network: IPAddress?) {
        guard ids.hasUser else {
            connectionsOfAddresses.remove(network)
            return close(connection, .unavailable)
        }
        let slot = admit(connection, address, network)
        tick.edit(connection, .move(to: context.rooms.memberships(of: context.sender)))
        context.resumeToken = sessions[slot]?.resumption?.token.text
        for index in pipeline.handlers.indices {
            context.handler = index
            pipeline.handlers[index].admitted(&context)
        }
        context.resumeToken = nil
        carryOut(for: slot)
        let user = context.sender
        endThoseToClose()
        log.info("\(logged(user.name)) connected from \(address), \(usersOnline) online")
    }

    // MARK: - Sessions

    func slot(of connection: Int) -> Int? { slots.indices.contains(connection) ? slots[connection] : nil }

    /// A place for a session.
    mutating func newSlot() -> Int {
        if let slot = freeSlots.popLast() { return slot }
        sessions.append(nil)
        return sessions.count - 1
    }

    /// What comes of the connection is of the session from now on.
    mutating func connect(_ slot: Int, _ connection: Int) {
        while slots.count <= connection { slots.append(nil) }
        slots[connection] = slot
    }

    /// Whether sessions can be resumed.
    private var resumes: Bool { policy.lifetime > .zero && !pipeline.takesFrames }

    private mutating func makeResumption(_ user: User) -> Resumption {
        let resumption = Resumption(
            id: user.id, name: user.name, connectedAt: user.connectedAt, token: ResumeToken(&random),
            stays: [.init(room: 0, after: ids.newestMessage)])
        resumptions.add(resumption)
        return resumption
    }

    private mutating func admit(_ connection: Int, _ address: String, _ network: IPAddress?) -> Int {
        let slot = newSlot()
        let id = ids.nextUser()
        let user = User(id: id, name: "User\(id)", connectedAt: context.time.unix, slot: slot)
        sessions[slot] = Session(
            id: user.id, connection: connection, address: address, network: network,
            name: JSONText.encode(user.name), keys: RememberedKeys(capacity: limits.maxKeysPerSession),
            resumption: resumes ? makeResumption(user) : nil)
        connect(slot, connection)
        context.users.insert(user, from: network)
        context.rooms.add(user, to: 0)
        context.sender = user
        return slot
    }
}
