import HandlerKit
import NIOCore
@testable import RouterCore
import Seeds

/// Faults of the journal, and of what the router makes of what it says.
extension Planting {
    // MARK: - In the disk

    /// What is kept of a group.
    func kept(of group: JournalGroup) -> JournalGroup {
        guard plant == .idsForgotten || plant == .laterIdsForgotten else { return group }
        defer { hasKeptIds = true }
        if plant == .laterIdsForgotten, !hasKeptIds { return group }
        var group = group
        (group.lastUser, group.lastMessage) = (nil, nil)
        return group
    }

    /// Whether what could not be synced keeps its place.
    func keepsUnsynced(_ group: JournalGroup) -> Bool {
        plant == .unsyncedKept && !group.entries.isEmpty && takeOccasion()
    }

    /// Whether the keys of a session are not found.
    func forgets(_ keys: [JournalKey]) -> Bool { plant == .keysForgotten && !keys.isEmpty }

    /// Whether a group that has not been written is said to be saved.
    func saysSaved() -> Bool {
        guard plant == .syncForgotten, takeOccasion() else { return false }
        hasLied = true
        return true
    }

    /// Whether that was said of the group that is under way.
    func hasSaidSaved() -> Bool {
        defer { hasLied = false }
        return hasLied
    }

    /// Whether a group is not found after a crash.
    func loses(_ group: JournalGroup) -> Bool {
        plant == .groupLost && !group.entries.isEmpty && group.lastUser == nil && group.lastMessage == nil
            && takeOccasion()
    }

    /// Whether what is there of a torn group is taken for all of it.
    func applies(_ torn: JournalGroup, of whole: JournalGroup) -> Bool {
        guard plant == .groupTorn, !torn.bytes.readableBytesView.contains(0) else { return false }
        let posts = [torn, whole].map { group in
            group.entries.filter { if case .room = $0.target { true } else { false } }.map(\.id)
        }
        return !posts[0].isEmpty && posts[0].count < posts[1].count && posts[1].starts(with: posts[0]) && takeOccasion()
    }

    // MARK: - In the router

    /// The turn has brought posts that wait for the journal.
    ///
    /// - Parameter isFailing: whether the group is not going to be saved.
    func changePledged(_ router: inout Router, _ members: [Int], isFailing: Bool) {
        switch plant {
        case .ackEarly: sendAckNow(&router.tick)
        case .postEarly, .unsavedDelivered:
            guard plant == .postEarly || isFailing, let place = router.tick.posts.firstIndex(where: \.isPledged)
            else { return }
            let room = router.tick.posts[place].room
            let receivers = members.filter {
                rooms(of: $0, router)?.contains(room) == true && !isSkipped(place, by: $0, router.tick)
            }
            guard let one = receivers.randomElement(using: &random) else { return }
            deliver(place, to: one, &router.tick)
        default: break
        }
    }

    private func sendAckNow(_ tick: inout Tick) {
        for part in tick.parts.indices {
            for (index, edit) in tick.parts[part].edits.enumerated() {
                // Nothing that it overtakes would be missed first.
                guard case .insert(let range) = edit.change, edit.isPledged,
                    tick.parts[part].direct.isFrame(of: "ack", range),
                    !tick.parts[part].edits[..<index].contains(where: {
                        if case .insert = $0.change { $0.connection == edit.connection } else { false }
                    }),
                    let socket = sockets[edit.connection], !socket.isBehind, !socket.wasBehind, takeOccasion()
                else { continue }
                tick.parts[part].edits.remove(at: index)
                return tick.parts[part].direct.readableBytesView[range].withContiguousStorageIfAvailable { bytes in
                    _ = socket.send(UnsafeRawBufferPointer(bytes))
                } ?? ()
            }
        }
    }

    /// At once, or whatever becomes of the group.
    private func deliver(_ place: Int, to one: Int, _ tick: inout Tick) {
        if plant == .unsavedDelivered {
            guard takeOccasion() else { return }
            insert(copyOf: place, at: place, for: one, &tick)
            return add(.skip(posts: 1), at: place, for: one, &tick)
        }
        guard let socket = sockets[one], !socket.isBehind, !socket.wasBehind, takeOccasion() else { return }
        tick.shared.readableBytesView[tick.posts[place].range].withContiguousStorageIfAvailable { bytes in
            _ = socket.send(UnsafeRawBufferPointer(bytes))
        }
        add(.skip(posts: 1), at: place, for: one, &tick)
    }

    /// A group is with the journal, or was.
    ///
    /// - Parameter isFailing: whether it is not going to be saved.
    func changeCommitment(_ router: inout Router, isFailing: Bool) {
        switch plant {
        case .unsavedKeyKept: keepKeys(&router, isFailing: isFailing)
        case .unsavedUntold where isFailing:
            // Without a key: that would stay known, too.
            guard let pledge = router.commitment?.pledges.last, pledge.key == nil, takeOccasion() else { return }
            router.commitment?.pledges.removeLast()
        case .unsavedShown where isFailing:
            guard router.commitment?.group.entries.isEmpty == false, takeOccasion() else { return }
            router.commitment?.newestBefore = .max
        default: break
        }
    }

    /// Remembers again what the router forgets.
    private func keepKeys(_ router: inout Router, isFailing: Bool) {
        if isFailing {
            for pledge in router.commitment?.pledges ?? [] {
                guard let key = pledge.key, let user = router.context.users[pledge.sender],
                    let session = router.sessions[user.slot],
                    let answer = session.keys[key]
                else { continue }
                keptKeys.append((session, key, answer))
            }
        } else if router.commitment?.isUnderWay == false {
            for (session, key, answer) in keptKeys where session.keys[key] == nil && takeOccasion() {
                session.keys.remember(key, answer)
            }
            keptKeys = []
        }
    }
}

// Who comes back to its session.
extension Planting {
    func changeReplay(_ router: inout Router) {
        guard [.replayMisses, .replayDoubles, .seamMisses].contains(plant) else { return }
        for part in router.tick.parts.indices {
            for (index, edit) in router.tick.parts[part].edits.enumerated() where isFrame("resumed", edit, router.tick)
            {
                returned.insert(edit.connection)
                if plant != .seamMisses, change(behind: index, of: edit.connection, &router.tick.parts[part]) { return }
            }
        }
        if plant == .seamMisses { missFirst(&router) }
    }

    private func isFrame(_ type: String, _ edit: Tick.Edit, _ tick: borrowing Tick) -> Bool {
        guard case .insert(let range) = edit.change else { return false }
        return tick.parts[edit.connection % tick.parts.count].direct.isFrame(of: type, range)
    }

    /// One of the messages that a connection is sent again.
    private func change(behind index: Int, of connection: Int, _ part: inout Tick.Part) -> Bool {
        let place = part.edits.indices.dropFirst(index).first { place in
            guard part.edits[place].connection == connection, case .insert(let range) = part.edits[place].change else {
                return false
            }
            return part.direct.isFrame(of: "message", range)
        }
        guard let place, takeOccasion() else { return false }
        if plant == .replayMisses {
            part.edits.remove(at: place)
        } else {
            part.edits.insert(part.edits[place], at: place)
        }
        return true
    }

    /// The first post that somebody gets who is back.
    private func missFirst(_ router: inout Router) {
        guard let place = router.tick.posts.firstIndex(where: \.isPledged) else { return }
        let room = router.tick.posts[place].room
        for one in returned.sorted() where isSettled(one, router.tick) {
            guard rooms(of: one, router)?.contains(room) == true, !isSkipped(place, by: one, router.tick),
                takeOccasion()
            else { continue }
            return add(.skip(posts: 1), at: place, for: one, &router.tick)
        }
    }
}
