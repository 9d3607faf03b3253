import HandlerKit
import JSONWire
import Logging
import NIOCore
import WebSocketWire

/// Which waiting message an answer is for; a later one of the same session has another.
public struct WaitingTicket: Sendable, Equatable {
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

/// A message that waits in a handler, with all that the handlers before have said, and what its session sent after it.
final class Waiting {
    let ticket: WaitingTicket
    var turn: Turn
    var queue: [Arrival] = []

    init(_ ticket: WaitingTicket, _ turn: consuming Turn) {
        self.ticket = ticket
        self.turn = turn
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

/// What came for a session while one of its messages waits.
enum Arrival {
    case text(ByteBuffer)
    case tooLarge
    case close(CloseCode?)
}

extension Router {
    // MARK: - Setting aside

    /// The handler at this place waits: the message, and all that its handlers said so far, wait with it.
    mutating func setAside(_ request: Request, _ route: Int, _ place: Int, _ slot: Int) throws(Rejection) {
        guard let work = context.work.take(), let session = sessions[slot] else {
            throw Rejection(.internalError, "Internal error")
        }
        lastTicket += 1
        let ticket = WaitingTicket(slot: slot, session: session.id, serial: lastTicket)
        let turn = Turn(
            request: request, message: message, effects: context.effects, contents: context.contents, route: route,
            place: place)
        message = Message()
        context.effects = []
        context.contents = ByteBuffer()
        if let waiting = session.waiting {
            let next = Waiting(ticket, turn)
            next.queue = waiting.queue
            sessions[slot]?.waiting = next
        } else {
            sessions[slot]?.waiting = Waiting(ticket, turn)
        }
        pendingWork.append(PendingWork(ticket: ticket, closure: work))
        alarms.add(.waited(ticket), at: context.time.milliseconds + Int64(limits.maxHandlerWait.milliseconds))
    }

    /// What is to be run beside the loop, since this was last asked.
    public mutating func takeWork() -> [PendingWork] {
        defer { pendingWork.removeAll() }
        return pendingWork
    }

    /// Whether there is something for `takeWork`, `takeRelieved` or `takeAbandoned`.
    public var hasNews: Bool { !pendingWork.isEmpty || !relieved.isEmpty || !abandoned.isEmpty }

    // MARK: - The session's next messages

    /// - Returns: whether the session has a message that waits, so that this one waits behind it.
    mutating func queues(_ arrival: @autoclosure () -> Arrival, _ slot: Int) -> Bool {
        guard let waiting = sessions[slot]?.waiting else { return false }
        waiting.queue.append(arrival())
        return true
    }

    /// Whether as many messages of a connection wait as may; nothing more of it should be read.
    public func isFull(_ connection: Int) -> Bool {
        guard let slot = slot(of: connection), let waiting = sessions[slot]?.waiting else { return false }
        return waiting.queue.count >= limits.maxWaitingMessages
    }

    /// Whether a message of the connection waits.
    public func isWaiting(_ connection: Int) -> Bool {
        slot(of: connection).map { sessions[$0]?.waiting != nil } ?? false
    }

    /// Connections of which more can be read, since this was last asked.
    public mutating func takeRelieved() -> [Int] {
        defer { relieved.removeAll() }
        return relieved
    }

    // MARK: - Going on

    /// The answer is there that a message waited for.
    public mutating func finished(_ ticket: WaitingTicket, _ outcome: Result<any Sendable, any Error>) {
        guard let waiting = resumed(ticket) else { return }
        context.outcome = outcome
        goOn(waiting)
    }

    /// A message has waited for too long.
    mutating func giveUp(_ ticket: WaitingTicket) {
        guard let waiting = resumed(ticket) else { return }
        abandoned.append(ticket)
        let name = pipeline.name(of: pipeline.routes[waiting.turn.route][waiting.turn.place])
        log.error("\(name) has not answered for \(limits.$maxHandlerWait.text) (limits.max_handler_wait)")
        refuse(
            Rejection(.unavailable, "Try again later", retryAfterMilliseconds: 1_000), waiting.turn.request.ref,
            ticket.slot)
        catchUp(waiting)
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

    private mutating func goOn(_ waiting: Waiting) {
        let (turn, slot) = (waiting.turn, waiting.ticket.slot)
        message = turn.message
        context.effects = turn.effects
        context.contents = turn.contents
        let hasEnded = attempt(turn.request, slot) { (router) throws(Rejection) in
            try router.run(turn.request, turn.route, from: turn.place, slot)
        }
        context.outcome = nil
        if hasEnded { catchUp(waiting) }
    }

    /// Nothing of the session waits any more: what it sent meanwhile is handled, until something waits again.
    private mutating func catchUp(_ waiting: Waiting) {
        let slot = waiting.ticket.slot
        guard let session = sessions[slot], session.id == waiting.ticket.session else { return }
        let wasFull = waiting.queue.count >= limits.maxWaitingMessages
        sessions[slot]?.waiting = nil
        var arrivals = waiting.queue[...]
        while let arrival = arrivals.popFirst(), sessions[slot]?.id == session.id {
            take(arrival, of: session.connection, slot)
            if let next = sessions[slot]?.waiting, sessions[slot]?.id == session.id {
                next.queue = Array(arrivals) + next.queue
                break
            }
        }
        if wasFull, !isFull(session.connection) { relieved.append(session.connection) }
    }

    private mutating func take(_ arrival: Arrival, of connection: Int, _ slot: Int) {
        context.sender = context.users[slot: slot] ?? .system
        switch arrival {
        case .text(let text): handle(text, slot)
        case .tooLarge: refuseTooLarge(slot)
        case .close(let code): closedByClient(connection, code)
        }
    }
}
