import HandlerKit
import Logging
import NIOCore
import WebSocketWire

// A connection ends, and with it its session, unless somebody may come back to that.
extension Router {
    /// A connection has ended, in whatever way: its user leaves, once (P16).
    public mutating func closed(_ connection: Int, because reason: String) {
        beginTick()
        end(connection, because: reason)
        tick.edit(connection, .gone)
    }

    private mutating func end(_ connection: Int, because reason: String) {
        if let visitor = visitors[connection] { dismiss(visitor) }
        guard let slot = slot(of: connection) else { return }
        disconnect(slot, because: reason)
        endThoseToClose()
    }

    /// The client closes: its user leaves, and behind what it is still to get stands the answer to its close frame.
    public mutating func closedByClient(_ connection: Int, _ code: CloseCode?) {
        beginTick()
        // Nobody knows whether it has got what it was told before: it does not count as sent behind that.
        if let slot = slot(of: connection), sessions[slot]?.isBusy == true, queues(.close(code), slot) { return }
        if let visitor = visitors[connection], !visitor.queue.isEmpty { return visitor.queue.append(.close(code)) }
        end(connection, because: "closed by the client\(code.map { " with \($0.rawValue)" } ?? "")")
        tick.edit(connection, .close(.answered(code ?? .normal)))
    }

    /// The router stops: everybody is told, and closed with 1001.
    public mutating func stop() {
        beginTick()
        isStopping = true
        for refusal in Refusal.allCases { tellRefusals(refusal) }
        for connection in visitors.keys.sorted() { visitors[connection].map { dismiss($0, .shuttingDown) } }
        for (slot, session) in sessions.enumerated() {
            guard let session else { continue }
            close(session.connection, .shuttingDown)
            sayGoodbye(to: session)
            context.discardEffects()  // everybody goes: nobody is left to be told
            forget(context.sender, slot)
            log.info("User\(session.id) from \(session.address) left: the server stops, \(usersOnline) online")
        }
    }

    /// A connection is to end for a reason that is seen below the core: bytes against RFC 6455, no pong, a full outbox.
    public mutating func drop(_ connection: Int, _ closing: Closing) {
        beginTick()
        end(connection, closing)
    }

    /// Closes a connection of ours, and lets its user leave; and whoever is to be closed because of that.
    mutating func end(_ connection: Int, _ closing: Closing, answering ref: ByteBuffer = ByteBuffer()) {
        close(connection, closing, answering: ref)
        if let visitor = visitors[connection] { dismiss(visitor) }
        if let slot = slot(of: connection) { disconnect(slot, closing) }
        endThoseToClose()
    }

    /// The same for a session, which may have no connection at the time.
    mutating func endAlone(_ slot: Int, _ closing: Closing) {
        guard let session = sessions[slot] else { return }
        close(session.connection, closing)
        let visitor = session.resumption?.visitor.flatMap { visitors[$0] }
        disconnect(slot, closing)
        if closing.isFinal, let visitor { dismiss(visitor, closing) }
    }

    /// P49: an `error` frame, where one is due, and the close.
    mutating func close(_ connection: Int, _ closing: Closing, answering ref: ByteBuffer = ByteBuffer()) {
        if closing.isAnnounced, !pipeline.takesFrames { sendError(closing.content, ref: ref, to: connection) }
        tick.edit(connection, .close(closing))
    }

    // MARK: - Sessions

    private mutating func disconnect(_ slot: Int, _ closing: Closing) {
        if closing.isFinal, let resumption = sessions[slot]?.resumption { resumptions.void(resumption) }
        disconnect(slot, because: "closed with \(closing.code.rawValue), \(closing.message)")
    }

    /// The session has no connection any more: its user leaves, unless it is waited for.
    private mutating func disconnect(_ slot: Int, because reason: String) {
        let canReturn = sessions[slot]?.resumption.map { !$0.isVoid } ?? false
        if policy.grace > .zero, canReturn, resumptions.hasRoom {
            detach(slot, because: reason)
        } else {
            leave(slot, because: reason)
        }
    }

    /// The session goes on without a connection; what its client had sent and was not handled is forgotten.
    mutating func detach(_ slot: Int, because reason: String) {
        guard let session = sessions[slot], session.connection >= 0 else { return }
        slots[session.connection] = nil
        connectionsOfAddresses.remove(session.network)
        session.disconnect()
        // Nobody is there to be told, and who comes back is not to wait for it.
        if let waiting = session.waiting, case .reply = waiting.aim {
            abandoned.append(waiting.ticket)
            session.waiting = nil
        }
        countDetached += 1
        if let resumption = session.resumption { noteAway(resumption) }
        let until = context.time.milliseconds + Int64(policy.grace.milliseconds)
        if policy.grace > .zero { alarms.add(.awaited(session.id), at: until) }
        log.info("User\(session.id) from \(session.address) is waited for: \(reason)")
    }

    /// Somebody without a connection has been waited for long enough, or perhaps can't come back.
    mutating func leaveUnlessAwaited(_ resumption: Resumption) {
        guard let slot = context.users[resumption.id]?.slot, let session = sessions[slot], session.connection < 0,
            resumption.visitor == nil, !isStopping
        else { return }
        let since = resumption.awaySince ?? .min
        let isAwaited = !resumption.isVoid && since + Int64(policy.grace.milliseconds) > context.time.milliseconds
        if !isAwaited { leave(slot, because: "it did not come back") }
    }

    /// The time is over for which somebody is waited for.
    mutating func stopWaiting(for id: Int64) {
        guard let slot = context.users[id]?.slot, let resumption = sessions[slot]?.resumption else { return }
        leaveUnlessAwaited(resumption)
        endThoseToClose()
    }

    /// The user goes, and the others are told by whichever handler tells them.
    private mutating func leave(_ slot: Int, because reason: String) {
        guard let session = sessions[slot] else { return }
        sayGoodbye(to: session)
        let user = context.sender
        carryOut(for: slot)
        forget(user, slot)
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
    private mutating func forget(_ user: User, _ slot: Int) {
        for room in context.rooms.numbers(joinedBy: user) { context.rooms.remove(user, from: room) }
        guard let session = sessions[slot] else { return }
        if session.connection >= 0 {
            connectionsOfAddresses.remove(session.network)
            slots[session.connection] = nil
        } else {
            countDetached -= 1
        }
        sessions[slot] = nil
        freeSlots.append(slot)
        guard let resumption = session.resumption, !resumption.isVoid else { return }
        resumption.keys = session.keys
        noteAway(resumption)
    }

    // MARK: - Those who may come back

    private mutating func noteAway(_ resumption: Resumption) {
        guard resumption.awaySince == nil else { return }
        resumption.leftAt = context.time.unix
        let forgotten = resumptions.leave(resumption, at: context.time.milliseconds)
        if let forgotten { leaveUnlessAwaited(forgotten) }
        setForgettingAlarm()
    }

    /// Its client did not come back after all.
    mutating func noteAwayAgain(_ resumption: Resumption) {
        guard !resumption.isVoid else { return }
        noteAway(resumption)
        guard policy.grace > .zero, context.users[resumption.id] != nil else { return }
        alarms.add(.awaited(resumption.id), at: context.time.milliseconds + Int64(policy.grace.milliseconds))
    }

    private mutating func setForgettingAlarm() {
        guard !hasForgettingAlarm, let oldest = resumptions.oldest else { return }
        hasForgettingAlarm = true
        alarms.add(.forgetting, at: oldest + Int64(policy.lifetime.milliseconds))
    }

    /// Forgets the sessions that nobody has come back to for long enough.
    mutating func forgetSessions() {
        hasForgettingAlarm = false
        let latest = context.time.milliseconds - Int64(policy.lifetime.milliseconds)
        while let forgotten = resumptions.forgetOldest(since: latest) { leaveUnlessAwaited(forgotten) }
        endThoseToClose()
        setForgettingAlarm()
    }

    /// Sessions of an earlier run can be resumed as if their connections had just ended, or when they did.
    mutating func recall(_ records: [SessionRecord]) {
        let (unix, now) = (clock.unixMilliseconds, clock.monotonicMilliseconds)
        func awaySince(_ record: SessionRecord) -> Int64 {
            record.leftAt.map { now - (unix - min(max(0, $0), unix / 1_000) * 1_000) } ?? now
        }
        let oldest = now - Int64(policy.lifetime.milliseconds)
        for record in records.sorted(by: { awaySince($0) < awaySince($1) }) {
            guard
                let resumption = Resumption(
                    record, newest: ids.newestMessage, number: { context.rooms.number(of: $0) })
            else { continue }
            let since = awaySince(record)
            resumption.leftAt = record.leftAt ?? unix / 1_000
            resumptions.recall(resumption, awaySince: since)
            // Or its time would begin anew with each start.
            if record.leftAt == nil { resumptions.noteChange(of: resumption) }
            if since <= oldest { resumptions.void(resumption) }
        }
        setForgettingAlarm()
    }
}
