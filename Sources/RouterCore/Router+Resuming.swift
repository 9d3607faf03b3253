import HandlerKit
import JSONWire
import Logging
import NIOCore

// A connection that wants to resume a session is a visitor until it does: nothing is served to it, nobody hears of it, and
// what it sends waits (P46).
extension Router {
    // MARK: - Before it has asked

    mutating func expect(_ connection: Int, _ address: String, _ network: IPAddress?, _ order: Int) {
        lastTicket += 1
        visitors[connection] = Visitor(connection, address, network, serial: lastTicket, order: order)
        let patience = Int64(policy.patience.milliseconds)
        tick.edit(connection, .goOn)  // nothing to it but that its handshake is answered
        alarms.add(.silent(connection, serial: lastTicket), at: context.time.milliseconds + patience)
    }

    /// A visitor had its time to ask.
    mutating func checkSilence(of connection: Int, _ serial: Int) {
        guard let visitor = visitors[connection], visitor.serial == serial, visitor.returning == nil else { return }
        turnAway(visitor)
    }

    /// Something came of a connection that has no session.
    mutating func receive(_ arrival: Arrival, fromVisitor connection: Int) {
        guard let visitor = visitors[connection] else { return }
        beginTick()
        guard visitor.returning == nil else { return enqueue(arrival, visitor) }
        if case .binary = arrival { return }  // P24
        if case .text(let text) = arrival, let request = request(text) {
            resume(visitor, request)
            return endThoseToClose()
        }
        turnAway(visitor)
        guard let slot = slot(of: connection), let session = sessions[slot] else { return }
        session.queue.append(arrival)  // behind what it is still to be told on its coming
        handleQueued(slot, session.id)
    }

    private mutating func enqueue(_ arrival: Arrival, _ visitor: Visitor) {
        visitor.queue.append(arrival)
        if visitor.queue.count >= limits.maxWaitingMessages, !visitor.isHeld { hold(visitor) }
    }

    mutating func hold(_ visitor: Visitor) {
        visitor.isHeld = true
        tick.edit(visitor.connection, .hold)
    }

    private mutating func request(_ text: ByteBuffer) -> ResumeRequest? {
        defer { cleanUp() }
        try? message.object.read(text, limits: jsonLimits, utf8Checked: true)
        // One with a `ref` that is none is no request (P30).
        do { return ResumeRequest(message, ref: try readRef()) } catch { return nil }
    }

    // MARK: - Asking

    private mutating func resume(_ visitor: Visitor, _ request: ResumeRequest) {
        guard let token = request.token, let resumption = resumptions[token] else {
            return turnAway(visitor, request.ref)
        }
        // What a client has sent before it left that connection for another may come behind what it sends on that.
        let isUsed = token == resumption.previous || resumption.visitor != nil
        if isUsed, visitor.order < resumption.order { return dismiss(visitor, .replaced) }
        resumption.order = visitor.order
        replaceConnection(of: resumption)
        resumption.visitor = visitor.connection
        resumptions.comeBack(resumption)  // it is not forgotten while its client gets what it has missed
        visitor.returning = Returning(
            resumption: resumption, shown: token, ref: request.ref, position: request.after ?? -1)
        guard let after = request.after, after >= resumption.lost, after <= ids.newestMessage else {
            return giveUp(visitor)
        }
        goOn(visitor)
    }

    /// Its client has come back on another connection (4005).
    private mutating func replaceConnection(of resumption: Resumption) {
        if let earlier = resumption.visitor.flatMap({ visitors[$0] }) { dismiss(earlier, .replaced) }
        guard let slot = context.users[resumption.id]?.slot, let session = sessions[slot], session.connection >= 0
        else { return }
        let connection = session.connection
        close(connection, .replaced)
        detach(slot, because: "replaced by a resumed session")
    }

    /// What a visitor wants can't be: it is admitted as anyone would be.
    private mutating func turnAway(_ visitor: Visitor, _ ref: ByteBuffer = ByteBuffer()) {
        visitors[visitor.connection] = nil
        sendError(Rejection.resumeFailed.content, ref: ref, to: visitor.connection)
        welcome(visitor.connection, visitor.address, visitor.network)
        guard let slot = slot(of: visitor.connection), let session = sessions[slot] else { return }
        takeOver(from: visitor, session, slot)
    }

    /// The session can't be resumed as its client wants it, and never will be.
    mutating func giveUp(_ visitor: Visitor) {
        guard let returning = visitor.returning else { return }
        returning.resumption.visitor = nil
        resumptions.void(returning.resumption)
        leaveUnlessAwaited(returning.resumption)
        turnAway(visitor, returning.ref)
    }

    /// What a visitor has missed is not there, or not any more while it gets it.
    mutating func fail(_ visitor: Visitor) {
        visitor.returning?.missed == nil ? giveUp(visitor) : dismiss(visitor, .unavailable)
    }

    /// A visitor's connection ends.
    mutating func dismiss(_ visitor: Visitor, _ closing: Closing? = nil) {
        visitors[visitor.connection] = nil
        connectionsOfAddresses.remove(visitor.network)
        if let closing { close(visitor.connection, closing) }
        guard let resumption = visitor.returning?.resumption else { return }
        resumption.visitor = nil
        noteAwayAgain(resumption)
        if let serial = visitor.returning?.reading {
            abandoned.append(WaitingTicket(slot: -1, session: resumption.id, serial: serial))
        }
        leaveUnlessAwaited(resumption)
    }

    // MARK: - Back

    mutating func attach(_ visitor: Visitor) {
        guard let returning = visitor.returning else { return }
        let resumption = returning.resumption
        visitors[visitor.connection] = nil
        resumption.visitor = nil
        let online = context.users[resumption.id]
        let slot = online?.slot ?? newSlot()
        connect(slot, visitor.connection)
        if let online, let session = sessions[slot] {
            context.sender = online
            session.connect(visitor.connection, visitor.address, visitor.network)
            context.users.addresses[slot] = visitor.network
            countDetached -= 1
        } else {
            restore(resumption, for: visitor, at: slot)
        }
        tick.edit(visitor.connection, .move(to: context.rooms.memberships(of: context.sender)))
        if online == nil { greetReturned(slot) }
        guard let session = sessions[slot] else { return }
        session.resumed = turn
        if !returning.ref.readableBytesView.isEmpty { acknowledge(JSONRaw(verbatim: returning.ref), nil, slot) }
        log.info(
            "\(logged(resumption.name)) (User\(session.id)) is back from \(visitor.address), \(returning.missed ?? 0) missed"
        )
        takeOver(from: visitor, session, slot)
    }

    /// The user of a session that had left is one again.
    private mutating func restore(_ resumption: Resumption, for visitor: Visitor, at slot: Int) {
        let user = User(id: resumption.id, name: resumption.name, connectedAt: resumption.connectedAt, slot: slot)
        let keys = resumption.keys ?? RememberedKeys(capacity: limits.maxKeysPerSession)
        resumption.keys = nil
        sessions[slot] = Session(
            id: user.id, connection: visitor.connection, address: visitor.address, network: visitor.network,
            name: JSONText.encode(user.name), keys: keys, resumption: resumption)
        context.users.insert(user, from: visitor.network)
        for room in resumption.rooms { context.rooms.add(user, to: room) }
        context.sender = user
    }

    private mutating func greetReturned(_ slot: Int) {
        for index in pipeline.handlers.indices {
            context.handler = index
            pipeline.handlers[index].resumed(&context)
        }
        carryOut(for: slot)
    }

    /// What came meanwhile is handled.
    private mutating func takeOver(from visitor: Visitor, _ session: Session, _ slot: Int) {
        session.queue = visitor.queue
        session.isHeld = visitor.isHeld
        endThoseToClose()
        handleQueued(slot, session.id)
    }
}

extension Rejection {
    /// P46: unknown, expired, too old or too much.
    static let resumeFailed = Rejection(.resumeFailed, "The session can't be resumed")
}
