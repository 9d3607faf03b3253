import HandlerKit
import JSONWire
import Logging
import NIOCore

// What could not be made durable was never there: it is taken back, and its senders are told so.
extension Router {
    mutating func takeBack(from tick: inout Tick) {
        guard let lost = commitment else { return }
        for resumption in lost.changed { resumptions.noteChange(of: resumption) }
        tick.withdraw(deceiving: lost.deceived)
        if !lost.group.entries.isEmpty {
            for room in windows.forget(above: lost.newestBefore) { readAgain(room) }
        }
        if !lost.changed.isEmpty { saveAgainLater() }
        for message in lost.unkept.reversed() { message.receiver.takeBackLost(message.id, before: message.before) }
        guard !lost.pledges.isEmpty || !lost.deceived.isEmpty else { return }
        beginTick()
        var farewells = Farewells(tick)
        for pledge in lost.pledges { takeBack(pledge, of: lost, &tick, &farewells) }
        farewells.insert(into: &tick, deceived: lost.deceived)
        for connection in lost.deceived.sorted() where slot(of: connection) != nil || visitors[connection] != nil {
            end(connection, .unavailable)
        }
    }

    private mutating func takeBack(
        _ pledge: Commitment.Pledge, of lost: Commitment, _ tick: inout Tick, _ farewells: inout Farewells
    ) {
        let session = context.users[pledge.sender].flatMap { sessions[$0.slot] }
        if let key = pledge.key {
            session?.keys.forget(key)
            pledge.resumption?.keys?.forget(key)
        }
        let ref = lost.group.bytes.getSlice(at: pledge.ref.lowerBound, length: pledge.ref.count) ?? ByteBuffer()
        Self.withError(Rejection.notSaved.content, ref: ref, at: context.time.unix) { error in
            if let session, session.connection >= 0 {
                reply(error, to: session.connection)
            } else {
                farewells.add(error, to: pledge.connection, in: &tick)
            }
        }
    }

    /// What has changed of sessions is tried again with the next turn, and soon there is one.
    mutating func saveAgainLater() {
        guard !isToSaveAgain else { return }
        isToSaveAgain = true
        alarms.add(.saving, at: context.time.milliseconds + 1_000)
    }

    // Posts that are not to have been there have had older ones forgotten.

    private mutating func readAgain(_ room: Int) {
        guard let journal, !refilling.contains(room), let gap = windows.gap(in: room) else { return }
        let name = context.rooms.names[room]
        refilling.insert(room)
        lastTicket += 1
        readings[lastTicket] = .window(room, gap)
        pendingWork.append(
            PendingWork(ticket: WaitingTicket(slot: -1, session: 0, serial: lastTicket)) {
                let rows = try await journal.page(
                    of: name, before: gap.before, limit: gap.posts, maxBytes: gap.bytes)
                guard let oldest = rows.first else { return OlderPosts(rows: [], areAll: true) }
                return OlderPosts(rows: rows, areAll: try await journal.hasNone(of: name, before: oldest.id))
            })
    }

    /// Who joins is shown again what was there before.
    mutating func refill(_ room: Int, _ gap: PostWindow.Gap, _ outcome: Result<any Sendable, any Error>) {
        refilling.remove(room)
        // Otherwise they are read when somebody asks for them.
        guard case .success(let older) = outcome, let older = older as? OlderPosts else { return }
        let now = windows.gap(in: room)
        if now?.before == gap.before, now?.forgotten == gap.forgotten {
            windows.fill(room, with: older.rows, areAll: older.areAll)
        } else {
            readAgain(room)  // it has changed meanwhile
        }
    }
}

/// What was read of a room again.
private struct OlderPosts: Sendable {
    let rows: [JournalRow]
    /// Whether there are none that are older still.
    let areAll: Bool
}
