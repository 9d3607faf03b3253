import HandlerTesting
import Seeds

/// The machine stops, and the server starts anew.
extension Simulation {
    /// - Returns: whether it has.
    func crashesNow() throws -> Bool {
        guard let disk, scenario.durability?.crashes == true, lives.count < 6 else { return false }
        guard random.chance(disk.mayRevive ? 5 : disk.hasPosts ? 12 : disk.isBusy ? 40 : 300) else { return false }
        try crash()
        return true
    }

    func crash() throws {
        guard let disk else { return }
        tell(nil, "the machine stops")
        // Nobody gets anything of a turn before the observer does.
        server.turn(0)  // it may know already what the disk has
        server.turn(observerLoop)
        for client in clients {
            if client === observer || random.chance(2) { take(client, upTo: .max) }
            client.reset()
        }
        noteMisuses()
        let time = server.clock.unixMilliseconds / 1_000
        try server.die(disk.crash(&random))
        endLife(hasUnheardSessions: disk.hasUnheardSessions)
        let isLate = random.chance(5)
        try start(at: time + (isLate ? 3_600 : 2), isLate: isLate)
        try open()
        if scenario.resumes { try returnAll() }
    }

    /// Most of those who were there come back.
    private func returnAll() throws {
        let former = lives[lives.count - 2].clients.filter { $0.token != nil && !$0.isObserver && !$0.isSucceeded }
        for client in former.suffix(12) where !random.chance(4) { try comeBack(client) }
    }

    /// The observer looks at all that there is.
    func readHeritage() throws {
        for room in Shipped.rooms {
            for _ in 0..<100 {
                lives[lives.count - 1].heritage.read(observer)
                guard let oldest = lives[lives.count - 1].heritage.items[room]?.first?.id else { break }
                let refused = observer.seen.count { $0.words?.code == "rate_limited" }
                observer.send(
                    Deed(
                        kind: .askHistory(room, before: oldest, limit: nil), step: step,
                        ref: "past\(observer.deeds.count)"))
                try settle()
                if observer.seen.count(where: { $0.words?.code == "rate_limited" }) > refused {
                    try pass(3_000)
                } else if observer.seen.last(where: { $0.words?.type == "history" })?.words?.list.isEmpty != false {
                    break
                }
            }
        }
        lives[lives.count - 1].heritage.read(observer)
    }

    /// What a client is told has to be on disk by then.
    func check(_ words: Words, for client: SimulatedClient) {
        guard let disk else { return }
        func wrong(_ kind: Violation.Kind, _ id: Int) {
            note(
                Violation(
                    kind, client: client.number, step: step,
                    what:
                        "\(id) is \(disk.standings[id].map { "\($0)" } ?? "unknown") to the disk: \(words.text.prefix(300))"
                ))
        }
        for id in words.ids {
            switch disk.standings[id] {
            case .durable: break
            case .underWay: wrong(.early, id)
            case .failed: wrong(.unsaved, id)
            case .lost: wrong(.lost, id)
            // Of private messages some are not kept.
            case nil:
                if ["message", "image", "history"].contains(words.type) || client.isAckOfPost(words) {
                    wrong(.early, id)
                }
            }
        }
    }
}

extension Words {
    /// The ids of the posts and private messages that it tells of.
    fileprivate var ids: [Int] {
        switch type {
        case "message", "image", "private_message", "private_message_sent": id.map { [$0] } ?? []
        case "ack": (content["id"] as? Int).map { [$0] } ?? []
        case "history": list.compactMap { $0["id"] as? Int }
        default: []
        }
    }
}
