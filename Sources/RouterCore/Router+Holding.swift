import HandlerKit
import NIOCore
import WebSocketWire

// A session's messages are handled one after the other. What comes while one of them waits in a handler, or while the
// client is still to take what it caused, stands in the session's queue, and its connection is held: nothing more of it
// is read. That bounds the queue by what had been read by then.

/// What the messages of a session have caused to be sent within a turn.
struct Caused {
    /// Most bytes of answers before the session's next message has to wait.
    static let most = 64 << 10

    private var bytes = 0
    private var turn = 0
    /// Whether the session waits until its client has taken them.
    private(set) var isOver = false

    /// - Returns: whether it is too much from here on.
    mutating func add(_ more: Int, in turn: Int) -> Bool {
        if turn != self.turn { (bytes, self.turn) = (0, turn) }
        bytes += more
        guard bytes >= Self.most, !isOver else { return false }
        isOver = true
        return true
    }
}

/// What came for a session and has to wait.
enum Arrival {
    case text(ByteBuffer)
    /// For handlers that take frames as they come.
    case binary(ByteBuffer)
    case tooLarge
    case close(CloseCode?)

    fileprivate var isClose: Bool { if case .close = self { true } else { false } }
}

extension Router {
    /// - Returns: whether this has to wait behind something of the same session.
    mutating func queues(_ arrival: @autoclosure () -> Arrival, _ slot: Int) -> Bool {
        guard let session = sessions[slot], session.needsLook else { return false }
        let arrival = arrival()
        if let resumed = session.resumed, resumed != turn, !arrival.isClose { confirm(session) }
        guard session.isBusy else { return false }
        session.queue.append(arrival)
        if session.queue.count >= limits.maxWaitingMessages { hold(session) }
        return true
    }

    /// A client that was told how its session is resumed next has sent something: it has got that (P46).
    private mutating func confirm(_ session: Session) {
        session.resumed = nil
        if let resumption = session.resumption { resumptions.confirm(resumption) }
    }

    private mutating func hold(_ session: Session) {
        guard !session.isHeld else { return }
        session.isHeld = true
        tick.edit(session.connection, .hold)
    }

    /// Whether nothing more of a connection should be read; that of one whose session has ended is of no use.
    public func isHeld(_ connection: Int) -> Bool {
        if let slot = slot(of: connection) { return sessions[slot]?.isHeld ?? false }
        return visitors[connection]?.isHeld ?? true
    }

    /// Takes note of what a message has caused.
    ///
    /// - Parameter before: `tick.replyBytes` when it came.
    mutating func noteCaused(_ before: Int, _ slot: Int) {
        let more = tick.replyBytes - before
        guard more > 0, let session = sessions[slot], session.caused.add(more, in: turn) else { return }
        // Also when it is held: it is to tell when it has taken this, too.
        session.isHeld = true
        tick.edit(session.connection, .hold)
    }

    /// The client of a connection that was held has taken everything it was sent.
    public mutating func caughtUp(_ connection: Int) {
        if let visitor = visitors[connection] { return caughtUp(visitor) }
        guard let slot = slot(of: connection), let session = sessions[slot] else { return }
        beginTick()
        session.caused = Caused()
        handleQueued(slot, session.id)
    }

    /// Handles what has waited, until something waits again.
    ///
    /// - Parameter id: of the session; the slot may be another's by now.
    mutating func handleQueued(_ slot: Int, _ id: Int64) {
        guard let session = sessions[slot], session.id == id else { return }
        let queued = session.queue
        session.queue = []
        var next = 0
        while next < queued.count, !session.isBusy, sessions[slot] === session {
            let before = tick.replyBytes
            handle(queued[next], of: session, slot)
            noteCaused(before, slot)
            next += 1
        }
        guard sessions[slot] === session else { return }
        session.queue.insert(contentsOf: queued[next...], at: 0)
        guard session.isHeld, !session.caused.isOver, session.queue.count < limits.maxWaitingMessages else { return }
        session.isHeld = false
        tick.edit(session.connection, .goOn)
    }

    mutating func handle(_ arrival: Arrival, of session: Session, _ slot: Int) {
        context.sender = context.users[slot: slot] ?? .system
        switch arrival {
        case .text(let text): handle(text, slot)
        case .binary(let bytes): handle(Frame(isText: false, payload: bytes), slot)
        case .tooLarge: refuseTooLarge(slot)
        case .close(let code): closedByClient(session.connection, code)
        }
    }
}
