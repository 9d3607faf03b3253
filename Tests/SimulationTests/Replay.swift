/// What a client is sent that comes back to its session: what it has missed, once and in order, and no gap behind it (P46).
struct Replay {
    let posts: [MissedPost]
    let rooms: Set<String>
    let isVague: Bool
    /// How many of the posts have come, and how many messages in all.
    var next = 0
    var count = 0
    var announced: Int?
    var isOver = false
}

extension Account {
    /// The account of a client, wherever in the log it comes back.
    static func of(_ client: SimulatedClient, _ log: PublicLog, _ scenario: Scenario, _ past: Past) -> Account {
        guard client.isResumed, let user = client.user else { return Account(of: client, log, scenario, past) }
        // Where the others saw it come; or anywhere else, if they had not seen it leave.
        let joins = (log.joins[user] ?? []).map { $0 + 1 }.filter { log.entries[$0 - 1].step >= client.cameAt }
        let others = (0...log.entries.count).lazy.filter { log.online(at: $0)[user] != nil && !joins.contains($0) }
        var best: Account?
        for starts in [AnySequence(joins), AnySequence(others), AnySequence([log.entries.count])] {
            let former = best
            for start in starts {
                let account = Account(of: client, log, scenario, past, from: start)
                if account.violations.isEmpty { return account }
                if former == nil, account.progress > best?.progress ?? -1 { best = account }
            }
        }
        return best ?? Account(of: client, log, scenario, past, from: log.entries.count)
    }

    mutating func comeBack(_ past: Past) {
        guard let comeback = client.comeback else { return }
        let missed = past.missed(by: user, after: comeback.after, log, upTo: place)
        replay = Replay(posts: missed.posts, rooms: missed.rooms, isVague: past.isVague)
        (present, lastID) = (missed.rooms, comeback.after)
        for former in comeback.formers {
            taken.merge(past.accounts[former.number]?.taken ?? [:]) { old, _ in old }
            for deed in former.deeds {
                if let content = deed.said, deed.key != nil { carried.insert(content) }
                if deed.trouble != nil || scenario.durability?.fails == true { waiting.append(deed) }
            }
        }
        due = [
            Due(what: "resumed") { account, words in account.isOf("resumed", words) ?? account.isBack(words) },
            Due(what: "ack") { account, words in
                account.isOf("ack", words)
                    ?? (words.ref == Comeback.ref && words.content["id"] == nil ? nil : "ref or id")
            },
        ]
    }

    /// Whether something answers what waited in a handler when another connection took over the session: that is answered to
    /// this one.
    func isAnswerToFormer(_ words: Words) -> Bool {
        // That comes before all answers to what it has sent itself; but for what could not be saved.
        if words.isUnsaved, let ref = words.ref { return waiting.contains { $0.ref == ref } }
        if nextDeed > 0 { return false }
        return waiting.contains { deed in
            switch (words.type, deed.kind) {
            case ("private_message_sent", .whisper): nextRef != nil && nextRef == deed.ref
            case ("name_changed", .rename): nextRef != nil && nextRef == deed.ref
            case ("history", .askHistory): nextRef != nil && nextRef == deed.ref
            case ("ack", _), ("error", _): words.ref != nil && words.ref == deed.ref
            default: false
            }
        }
    }

    mutating func noteAnswerToFormer(_ words: Words) {
        if words.type == "name_changed" { online[user] = words.content["new_name"] as? String }
        if words.type == "private_message_sent", let content = words.contentText { taken[content] = words.id }
        if words.type == "ack" || words.type == "error" { waiting.removeAll { $0.ref == words.ref } }
    }

    private mutating func isBack(_ words: Words) -> String? {
        rooms = words.content["rooms"] as? [String] ?? []
        replay?.announced = words.content["replayed"] as? Int
        guard let replay else { return nil }
        if replay.isVague {
            present = Set(rooms)
            return nil
        }
        // Who is cut off before it has got all is not back.
        if words.content["user_name"] as? String != online[user] ?? log.standings[user]?.name { return "its name" }
        return Set(rooms) == replay.rooms ? nil : "it is in \(replay.rooms.sorted())"
    }

    /// Whether something is one of the messages that it has missed.
    mutating func isSentAgain(_ words: Words) -> Bool {
        guard var replay, !replay.isOver, replay.announced != nil, words.content["close"] == nil else { return false }
        guard ["message", "image", "private_message"].contains(words.type) else {
            endReplay()
            return false
        }
        replay.count += 1
        self.replay = replay
        if words.type == "private_message" { return true }
        if replay.isVague { return isKnown(words) }
        guard replay.next < replay.posts.count else { return false }
        let post = replay.posts[replay.next]
        self.replay?.next += 1
        if words.id != post.id {
            let isOld = words.id.map { $0 < post.id } ?? false
            wrong(isOld ? .doubled : .missing, "got \(words.text.prefix(200)) where \(post.id) was to be sent again")
        } else if words.said != post.said || words.from != post.sender || words.room != post.room {
            wrong(.history, "\(words.text.prefix(200)) is not \(post)")
        }
        return true
    }

    /// Whether it is in the log, or was in an earlier one.
    private func isKnown(_ words: Words) -> Bool {
        guard let id = words.id, let room = words.room, let post = log.posts[room]?.first(where: { $0.id == id }) else {
            return false
        }
        return post.said == words.said && post.sender == words.from
    }

    /// All that it has missed has come, if any of what comes behind that has.
    mutating func endReplay() {
        guard let replay, !replay.isOver, let announced = replay.announced else { return }
        self.replay?.isOver = true
        if replay.isVague { return }
        if replay.next < replay.posts.count {
            return wrong(.missing, "was not sent \(replay.posts[replay.next].id) again")
        }
        // Those at least that the others had got before it came.
        let least = replay.posts.count { ($0.step ?? -1) < client.cameAt }
        if announced < least || announced > replay.count {
            wrong(.answer, "\(announced) were to be sent again, which were \(least) to \(replay.count)")
        }
    }
}
