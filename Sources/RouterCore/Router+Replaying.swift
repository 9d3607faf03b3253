import DequeModule
import HandlerKit
import JSONWire
import Logging
import NIOCore

// Who comes back gets what it has missed, page by page as it takes them: from the windows as far as these reach, else from
// the journal. The last page and its registration for live posts are of one turn, so there is nothing between them. Until
// then it is nobody's connection, and what it sends waits.
extension Router {
    /// Most bytes that somebody is sent again at once; then it has to take them first.
    static var replayBytes: Int { 64 << 10 }
    /// Most that is read of the journal at once for those who come back; the others stand in line.
    static var mostReadings: Int { 64 }

    /// Goes on as far as that needs no waiting.
    mutating func goOn(_ visitor: Visitor) {
        guard let returning = visitor.returning else { return }
        let resumption = returning.resumption
        guard !resumption.isVoid else { return fail(visitor) }
        guard hasInMemory(returning) else { return read(visitor, returning) }
        if returning.missed == nil {
            let count = windows.countMissed(resumption, after: returning.position, most: limits.maxMissed)
            guard count <= limits.maxMissed else { return giveUp(visitor) }
            announce(count, to: visitor)
        }
        replay(visitor)
    }

    private func hasInMemory(_ returning: Returning) -> Bool {
        let resumption = returning.resumption
        guard resumption.keys != nil || context.users[resumption.id] != nil else { return false }
        // It got none before its first stay; an earlier run may have kept some, whatever this one does.
        let position = max(returning.position, resumption.stays.map(\.after).min() ?? 0)
        if journal != nil, position < max(resumption.newestPrivate, newestOfEarlierRun) { return false }
        return windows.covers(resumption, after: returning.position)
    }

    private mutating func announce(_ missed: Int, to visitor: Visitor) {
        guard let returning = visitor.returning else { return }
        let resumption = returning.resumption
        visitor.returning?.missed = missed
        resumptions.renew(resumption, ResumeToken(&random), shown: returning.shown)
        let content: JSONMembers = [
            "user_id": resumption.id, "user_name": resumption.name,
            "rooms": resumption.rooms.map { context.rooms.names[$0] }, "resume": resumption.token.text,
            "replayed": missed,
        ]
        var text = ByteBuffer()
        content.write(behind: &text)
        text.withUnsafeReadableBytes {
            reply(OutgoingFrame(type: "resumed", content: $0, timestamp: context.time.unix), to: visitor.connection)
        }
    }

    /// Sends what the windows have, and when that was all, the session is resumed.
    private mutating func replay(_ visitor: Visitor) {
        guard var returning = visitor.returning else { return }
        let start = tick.replyBytes
        var isComplete = true
        windows.forEachMissed(returning.resumption, after: returning.position) { room, post in
            guard tick.replyBytes - start < Self.replayBytes else {
                isComplete = false
                return false
            }
            replay(post, room, to: visitor.connection)
            returning.position = post.id
            return true
        }
        if returning.position > windows.newestCommitted { commitment?.deceived.insert(visitor.connection) }
        visitor.returning = returning
        if isComplete { attach(visitor) } else { hold(visitor) }
    }

    private mutating func replay(_ post: PostWindow.Kept, _ room: Int?, to connection: Int) {
        let party = PartyText(id: post.sender, name: Array(post.senderName))
        let frame = OutgoingFrame(
            type: post.type, party: party.sender, content: post.content, timestamp: post.timestamp, id: post.id,
            room: room.map { roomNames[$0] } ?? OutgoingFrame.nothing)
        reply(frame, to: connection)
        withExtendedLifetime(party) {}
    }

    /// A visitor has taken everything that it was sent.
    mutating func caughtUp(_ visitor: Visitor) {
        guard let returning = visitor.returning, returning.reading == nil, !visitor.isInLine else { return }
        beginTick()
        goOn(visitor)
        endThoseToClose()
    }

    // MARK: - From the journal

    private mutating func read(_ visitor: Visitor, _ returning: Returning) {
        guard let journal else { return fail(visitor) }
        guard readings.count < Self.mostReadings else {
            visitor.isInLine = true
            line.append(visitor.connection)
            return
        }
        let resumption = returning.resumption
        let record = resumption.record(context.rooms.names)
        let missed = Missed(
            user: resumption.id, after: returning.position, upTo: newestCommitted, stays: record.stays)
        let keys = resumption.keys == nil && context.users[resumption.id] == nil ? limits.maxKeysPerSession : nil
        let most = returning.missed == nil ? limits.maxMissed : nil
        lastTicket += 1
        visitor.returning?.reading = lastTicket
        readings[lastTicket] = .visitor(visitor.connection)
        pendingWork.append(
            PendingWork(ticket: WaitingTicket(slot: -1, session: resumption.id, serial: lastTicket)) {
                try await Reading.of(missed, in: journal, keys: keys, most: most, maxBytes: Self.replayBytes)
            })
    }

    /// The journal has answered.
    mutating func finishedReading(_ serial: Int, _ outcome: Result<any Sendable, any Error>) {
        switch readings.removeValue(forKey: serial) {
        case .window(let room, let gap): refill(room, gap, outcome)
        case .visitor(let connection):
            finishedReading(for: connection, serial, outcome)
            readForNext()
            endThoseToClose()
        case nil: break
        }
    }

    /// There is room for one more that reads.
    private mutating func readForNext() {
        while readings.count < Self.mostReadings, let connection = line.popFirst() {
            if let visitor = visitors[connection], visitor.isInLine {
                visitor.isInLine = false
                beginTick()
                goOn(visitor)
            }
        }
    }

    private mutating func finishedReading(
        for connection: Int, _ serial: Int, _ outcome: Result<any Sendable, any Error>
    ) {
        guard let visitor = visitors[connection], let returning = visitor.returning, returning.reading == serial
        else { return }
        beginTick()
        visitor.returning?.reading = nil
        guard !returning.resumption.isVoid else { return fail(visitor) }
        guard case .success(let answer) = outcome, let reading = answer as? Reading else {
            return dismiss(visitor, .unavailable)
        }
        guard let count = reading.count, count <= limits.maxMissed, let rows = reading.rows else {
            return fail(visitor)
        }
        if let keys = reading.keys {
            returning.resumption.keys = RememberedKeys(keys, capacity: limits.maxKeysPerSession)
        }
        if returning.missed == nil { announce(count, to: visitor) }
        replay(rows, upTo: reading.upTo, visitor)
    }

    /// Whoever waits for what the journal can't read is told to try again later; why is for the log. Every client can cause
    /// that line.
    mutating func sayingWhatIsUnreadable(
        _ outcome: Result<any Sendable, any Error>
    ) -> Result<any Sendable, any Error> {
        guard case .failure(let failure as JournalFailure) = outcome else { return outcome }
        beginTick()
        if unreadable.isDue(at: context.time.milliseconds) {
            let more = unreadable.takeUntold(at: context.time.milliseconds)
            log.error("posts can't be read\(more > 0 ? ", nor could be \(more) times before" : ""): \(failure)")
        }
        return .failure(Rejection.notSaved)
    }

    private mutating func replay(_ rows: [JournalRow], upTo last: Int64, _ visitor: Visitor) {
        let start = tick.replyBytes
        for row in rows {
            let room = row.room.flatMap { context.rooms.number(of: $0) }
            row.withKept { replay($0, room, to: visitor.connection) }
        }
        guard var returning = visitor.returning else { return }
        returning.position = max(returning.position, rows.last?.id ?? last)
        visitor.returning = returning
        // A few are no reason to wait: meanwhile there may be a few more, and so on. What is not durable before this turn
        // ends can't be waited for within it.
        let isThere = newestCommitted > returning.position || hasInMemory(returning)
        if isThere, tick.replyBytes - start < Self.replayBytes / 4 { goOn(visitor) } else { hold(visitor) }
    }
}
