/// What a client is to get that nobody else gets: what it is greeted with, and the answers to what it sent.
extension Account {
    mutating func greet() {
        due = [
            Due(what: "welcome") { account, words in
                account.isOf("welcome", words) ?? account.isWelcome(words)
            },
            Due(what: "users") { account, words in account.isOf("users", words) ?? account.isListing(words) },
        ]
        if client.comeback != nil {
            due.insert(
                Due(what: "error") { account, words in
                    account.isOf("error", words) ?? (words.code == "resume_failed" ? nil : "another code")
                }, at: 0)
        }
        if let join = client.isObserver ? 0 : log.joins[user]?.first { showHistory("general", at: join) }
    }

    mutating func takeDirect(_ words: Words) {
        while true {
            // What is read for it may come too late.
            if due.first?.what.hasPrefix("history of ") == true, scenario.readsLate, isFarewell(words) { return }
            if !due.isEmpty {
                let next = due.removeFirst()
                if let fault = next.check(&self, words) {
                    if !next.isSure { continue }
                    let isHistory = words.type == "history" && next.what.hasPrefix("history")
                    wrong(
                        isHistory ? .history : .answer,
                        "\(fault), where \(next.what) was due: \(words.text.prefix(300))")
                }
                return
            }
            if words.type == "error", isFarewell(words) { return }
            guard nextDeed < client.deeds.count else {
                return wrong(.answer, "answers nothing: \(words.text.prefix(300))")
            }
            let deed = client.deeds[nextDeed]
            nextDeed += 1
            if isUnsaved(deed) { continue }
            if isRefusal(words, of: deed) {
                if let fault = refused(deed, words) {
                    wrong(.answer, "\(fault): \(words.text.prefix(300)) for \(deed)")
                }
                return
            }
            guard begin(deed) else { return wrong(.answer, "\(deed) was to be refused: \(words.text.prefix(300))") }
        }
    }

    /// The error before a close.
    private func isFarewell(_ words: Words) -> Bool { words.content["close"] != nil }

    // MARK: - Refusals

    private func isRefusal(_ words: Words, of deed: Deed) -> Bool {
        guard words.type == "error", !isFarewell(words), let code = words.code,
            deed.refusals.contains(code) || isWithoutID(words, deed)
        else { return false }
        switch deed.kind {
        case .nonsense, .tooLarge: return words.ref == nil
        case .say(let content, _, _) where deed.ref == nil && log.said[content] != nil && taken[content] == nil:
            return false
        default: return words.ref == deed.ref
        }
    }

    /// - Returns: why it should not have been refused.
    private func refused(_ deed: Deed, _ words: Words) -> String? {
        switch (words.code, deed.kind) {
        case ("not_in_room", .say(_, let room?, _)), ("not_in_room", .leave(let room?)),
            ("not_in_room", .askHistory(let room?, _, _)):
            return rooms.contains(room) ? "it is in \(room)" : nil
        case ("not_in_room", _): return "it named no room"
        case ("user_not_found", .whisper(_, let to)):
            // Others do not see that a session has no connection until it is back; what is not kept can't be sent to it then.
            let mayBeAway = scenario.resumes && !scenario.keepsPrivateMessages
            return online[to] == nil || mayBeAway ? nil : "user \(to) is online"
        case ("room_not_found", .join(let room, _)): return room == "nowhere" ? nil : "there is \(room)"
        case ("invalid_name", .rename(let name)): return name.contains("<") ? nil : "the name is allowed"
        case ("rate_limited", _): return words.content["retry_after_ms"] is Int ? nil : "no time is told"
        default: return nil
        }
    }

    /// Whether more ids would be needed within a turn than were set aside.
    private func isWithoutID(_ words: Words, _ deed: Deed) -> Bool {
        guard scenario.idBlocks != nil, words.isUnsaved, case .whisper = deed.kind else { return false }
        return true
    }

    // MARK: - What was done

    /// What is due for something that is not refused.
    ///
    /// - Returns: false when it has to be.
    mutating func begin(_ deed: Deed) -> Bool {
        guard !deed.isFault || (deed.key != nil && isKnown(deed)) else { return false }
        switch deed.kind {
        case .say(let content, let room, _):
            guard say(content, room ?? rooms.last) else { return false }
            taken[content] = log.said[content]?.id
            acknowledge(deed, id: taken[content])
        case .whisper(let content, let to): whisper(deed, content, to)
        case .rename(let name):
            guard !name.contains("<") else { return false }
            expect("name_changed") { account, words in
                let old = account.online[account.user]
                account.online[account.user] = name
                return words.content["new_name"] as? String == name && words.content["old_name"] as? String == old
                    ? nil : "names"
            }
            acknowledge(deed)
        case .type, .binary: acknowledge(deed)
        case .join(let room, let stay):
            guard room != "nowhere" else { return false }
            join(room, stay: stay)
            acknowledge(deed)
        case .leave(let room):
            guard leave(room ?? rooms.last ?? "general") else { return false }
            acknowledge(deed)
        case .askUsers:
            expect("users") { $0.isListing($1) }
            acknowledge(deed)
        case .askStats:
            expect("stats") { $0.isStats($1.content) }
            acknowledge(deed)
        case .askRooms:
            expect("rooms") { account, words in
                let joined = words.list.filter { $0["joined"] as? Bool == true }.compactMap { $0["name"] as? String }
                return Set(joined) == Set(account.rooms) && words.list.count == 3 ? nil : "rooms"
            }
            acknowledge(deed)
        case .askHistory(let room, let before, let limit):
            let room = room ?? rooms.last ?? "general"
            guard rooms.contains(room) else { return false }
            expect("history") {
                $0.isHistory($1, of: room, before: before, limit: limit ?? 100, since: deed.seen[room] ?? 0)
            }
            acknowledge(deed)
        case .nonsense, .unknown, .tooLarge: return false
        }
        return true
    }

    private func isKnown(_ deed: Deed) -> Bool {
        switch deed.kind {
        case .say(let content, _, _): taken[content] != nil
        case .whisper(let content, _): taken[content] != nil
        default: false
        }
    }

    /// Whether the log has it, in that room. The first client does not see what it says itself, and says nothing.
    private func say(_ content: String, _ room: String?) -> Bool {
        guard let said = log.said[content] else { return false }
        return said.room == room || taken[content] != nil || carried.contains(content)
    }

    private mutating func whisper(_ deed: Deed, _ content: String, _ to: Int) {
        expect("private_message_sent") { account, words in
            guard words.contentText == content, words.to == to, let id = words.id else { return "what was sent" }
            if let known = account.taken[content] { return known == id ? nil : "another id than \(known)" }
            if account.carried.contains(content) {
                account.taken[content] = id
                return nil  // it was sent before
            }
            guard account.online[to] != nil else { return "user \(to) is not online" }
            account.taken[content] = id
            account.told.append((content, to))
            return nil
        }
        guard let ref = deed.ref else { return }
        expect("ack") { account, words in
            words.ref == ref && words.content["id"] as? Int == account.taken[content] ? nil : "ref or id"
        }
    }

    // MARK: - Rooms

    private mutating func join(_ room: String, stay: Bool) {
        let others = stay ? [] : rooms.filter { $0 != room }
        let isIn = rooms.contains(room)
        rooms = rooms.filter { $0 != room && !others.contains($0) } + [room]
        if isIn {
            expect("room_joined \(room)") { _, words in words.content["room"] as? String == room ? nil : "room" }
        }
        for other in others { moved("room_left", "room_leave", other) }
        if !isIn { enter(room) }
    }

    /// - Returns: false when it is not in that room.
    private mutating func leave(_ room: String) -> Bool {
        guard rooms.contains(room) else { return false }
        if rooms == ["general"] {
            expect("room_joined general") { _, words in words.content["room"] as? String == "general" ? nil : "room" }
            return true
        }
        rooms.removeAll { $0 == room }
        moved("room_left", "room_leave", room)
        if rooms.isEmpty {
            rooms = ["general"]
            enter("general")
        }
        return true
    }

    private mutating func enter(_ room: String) {
        let place = nextMove + due.count { $0.isMove }
        moved("room_joined", "room_join", room)
        if client.isObserver { showHistory(room, at: 0) }
        if place < moves.count { showHistory(room, at: moves[place].place) }
    }

    /// As many as the others were told.
    private mutating func moved(_ own: String, _ others: String, _ room: String) {
        expect("\(own) \(room)", isMove: true) { account, words in
            guard account.isOf(own, words) == nil, words.content["room"] as? String == room else {
                return "another room"
            }
            guard !account.client.isObserver else { return nil }
            guard account.nextMove < account.moves.count else { return "nobody else was told" }
            let told = account.moves[account.nextMove].words
            account.nextMove += 1
            let isSame = told.type == others && told.room ?? told.content["room"] as? String == room
            return isSame && told.content["members"] as? Int == words.content["members"] as? Int
                ? nil : "others were told \(told.text)"
        }
    }

    // MARK: - Frames

    private mutating func expect(
        _ what: String, isMove: Bool = false, _ check: @escaping (inout Account, Words) -> String?
    ) {
        let type = String(what.prefix { $0 != " " })
        due.append(
            Due(what: what, isMove: isMove) { account, words in account.isOf(type, words) ?? check(&account, words) })
    }

    private mutating func acknowledge(_ deed: Deed, id: Int? = nil) {
        guard let ref = deed.ref else { return }
        expect("ack") { _, words in
            words.ref == ref && words.content["id"] as? Int == id ? nil : "ref \(ref) or id \(id ?? 0)"
        }
    }

    func isOf(_ type: String, _ words: Words) -> String? { words.type == type ? nil : "another frame" }
}
