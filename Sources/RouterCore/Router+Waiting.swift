import HandlerKit
import JSONWire
import Logging
import NIOCore

/// Which waiting message an answer is for; a later one of the same session has another.
public struct WaitingTicket: Sendable, Equatable {
    /// Below 0 for what is read of the journal.
    let slot: Int
    let session: Int64
    /// Never given twice.
    public let serial: Int
}

/// What an asynchronous handler wants to have run beside the router's loop.
public struct PendingWork: Sendable {
    public let ticket: WaitingTicket
    let closure: @Sendable () async throws -> any Sendable

    /// Runs it; what comes out goes to `Router.finished`, on the router's loop.
    public func run() async -> Result<any Sendable, any Error> {
        do {
            return .success(try await closure())
        } catch {
            return .failure(error)
        }
    }
}

/// What a session waits for.
final class Waiting {
    let ticket: WaitingTicket
    let aim: Aim
    /// When it has waited for long enough, in milliseconds of the router's clock.
    let until: Int64

    enum Aim {
        /// A message that waits in a handler, with all that the handlers before have said.
        case message(Turn)
        /// Something that its client is to be told. It ends with the connection.
        case reply(LateReply)
    }

    init(_ ticket: WaitingTicket, _ aim: consuming Aim, until: Int64) {
        self.ticket = ticket
        self.aim = aim
        self.until = until
    }
}

/// A message on its way, set aside.
struct Turn {
    let request: Request
    let message: Message
    let effects: [Effect]
    let contents: ByteBuffer
    let route: Int
    /// The place in the route of the handler that waits.
    let place: Int
}

extension Message {
    /// Lets go of the buffer that it was read from, of which it may be a small part.
    fileprivate mutating func keepOnlyItself(_ limits: JSONLimits) {
        guard object.text.storageCapacity > 2 * object.text.readableBytes else { return }
        var copy = JSONObject()
        let text = ByteBuffer(bytes: object.text.readableBytesView)
        do { try copy.read(text, limits: limits, utf8Checked: true) } catch { return }  // it was read before
        object = copy
    }
}

extension Router {
    // MARK: - Setting aside

    /// The handler at this place waits: the message, and all that its handlers said so far, wait with it.
    mutating func setAside(_ request: Request, _ route: Int, _ place: Int, _ slot: Int) throws(Rejection) {
        guard let work = context.work.take(), let session = sessions[slot] else {
            log.error("\(pipeline.name(of: context.handler)) waits for nothing")
            throw Rejection(.internalError, "Internal error")
        }
        guard runningWork < limits.maxBackgroundWork else { throw .tryLater }
        wait(for: work, .message(takeTurn(request, route, place)), session, slot)
    }

    /// Has work begun beside the loop that a session waits for.
    mutating func wait(
        for work: @escaping @Sendable () async throws -> any Sendable, _ aim: consuming Waiting.Aim,
        _ session: Session, _ slot: Int
    ) {
        runningWork += 1
        lastTicket += 1
        let ticket = WaitingTicket(slot: slot, session: session.id, serial: lastTicket)
        let until = context.time.milliseconds + Int64(limits.maxHandlerWait.milliseconds)
        session.waiting = Waiting(ticket, aim, until: until)
        let pending = PendingWork(ticket: ticket, closure: work)
        if windows.awaitsPledged { workBehindCommit.append(pending) } else { pendingWork.append(pending) }
        if !session.hasWaitAlarm { setWaitAlarm(slot, session.id, at: until) }
    }

    /// The turn's posts are on disk, or never will be: what is to show them can be read.
    mutating func beginWorkBehindCommit() {
        windows.awaitsPledged = false
        guard !workBehindCommit.isEmpty else { return }
        pendingWork += workBehindCommit
        workBehindCommit.removeAll()
    }

    private mutating func takeTurn(_ request: Request, _ route: Int, _ place: Int) -> Turn {
        var request = request
        request.ref = request.ref.map { JSONRaw(verbatim: ByteBuffer(bytes: $0.text.readableBytesView)) }
        message.keepOnlyItself(jsonLimits)
        defer {
            message = Message()
            context.effects = []
            context.contents = ByteBuffer()
        }
        return Turn(
            request: request, message: message, effects: context.effects, contents: context.contents, route: route,
            place: place)
    }

    private mutating func setWaitAlarm(_ slot: Int, _ id: Int64, at time: Int64) {
        sessions[slot]?.hasWaitAlarm = true
        alarms.add(.waited(slot: slot, id: id), at: time)
    }

    /// Gives up what a session waits for, or looks again when that is due.
    mutating func checkWait(_ slot: Int, _ id: Int64, _ now: Int64) {
        guard let session = sessions[slot], session.id == id else { return }
        sessions[slot]?.hasWaitAlarm = false
        guard let waiting = session.waiting else { return }
        if waiting.until <= now { giveUp(waiting.ticket) } else { setWaitAlarm(slot, id, at: waiting.until) }
    }

    /// What is to be run beside the loop, since this was last asked.
    public mutating func takeWork() -> [PendingWork] {
        defer { pendingWork.removeAll() }
        return pendingWork
    }

    /// Whether there is something for `takeWork` or `takeAbandoned`.
    public var hasNews: Bool { !pendingWork.isEmpty || !abandoned.isEmpty }

    // MARK: - Going on

    /// The answer is there that a message waited for, or has waited for once: each work that was taken is answered once.
    public mutating func finished(_ ticket: WaitingTicket, _ outcome: Result<any Sendable, any Error>) {
        let outcome = sayingWhatIsUnreadable(outcome)
        if ticket.slot < 0 { return finishedReading(ticket.serial, outcome) }
        runningWork -= 1
        guard let waiting = resumed(ticket) else { return }
        switch waiting.aim {
        case .message(let turn):
            context.outcome = outcome
            goOn(waiting, turn)
        case .reply(let reply):
            tell(reply, outcome, ticket.slot)
            goOnBehind(waiting)
        }
    }

    /// A message has waited for too long.
    private mutating func giveUp(_ ticket: WaitingTicket) {
        guard let waiting = resumed(ticket) else { return }
        abandoned.append(ticket)
        let handler =
            switch waiting.aim {
            case .message(let turn): pipeline.routes[turn.route][turn.place]
            case .reply(let reply): reply.handler
            }
        let name = pipeline.name(of: handler)
        log.error("\(name) has not answered for \(limits.$maxHandlerWait.text) (limits.max_handler_wait)")
        switch waiting.aim {
        case .message(let turn): refuse(.tryLater, turn.request.ref?.text ?? ByteBuffer(), ticket.slot)
        case .reply(let reply): tell(reply, .failure(Rejection.tryLater), ticket.slot)
        }
        goOnBehind(waiting)
    }

    /// Work whose answer nobody waits for any more, since this was last asked: it may be cancelled.
    public mutating func takeAbandoned() -> [WaitingTicket] {
        defer { abandoned.removeAll() }
        return abandoned
    }

    /// - Returns: nil when the session has gone, or no longer waits for this.
    private mutating func resumed(_ ticket: WaitingTicket) -> Waiting? {
        guard let session = sessions[ticket.slot], let waiting = session.waiting, waiting.ticket == ticket,
            let user = context.users[session.id]
        else { return nil }
        beginTick()
        context.sender = user
        return waiting
    }

    private mutating func goOn(_ waiting: Waiting, _ turn: Turn) {
        let slot = waiting.ticket.slot
        message = turn.message
        context.effects = turn.effects
        context.contents = turn.contents
        let before = tick.replyBytes
        var request = turn.request
        // What was sent with the same key may have been taken back meanwhile.
        if let key = request.key { request.earlier = sessions[slot]?.keys[key.text] }
        let hasEnded = attempt(request, slot) { (router) throws(Rejection) in
            try router.run(request, turn.route, from: turn.place, slot)
        }
        context.outcome = nil
        noteCaused(before, slot)
        if hasEnded { goOnBehind(waiting) }
    }

    /// Nothing of the session waits in a handler any more.
    private mutating func goOnBehind(_ waiting: Waiting) {
        let ticket = waiting.ticket
        if let session = sessions[ticket.slot], session.waiting === waiting { session.waiting = nil }
        goOnTelling(ticket.slot, ticket.session)
        handleQueued(ticket.slot, ticket.session)
    }
}
