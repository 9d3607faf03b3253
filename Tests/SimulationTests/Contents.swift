/// Whether a frame that shows how things are shows them as they are.
extension Account {
    func isWelcome(_ words: Words) -> String? {
        guard words.content["user_name"] as? String == "User\(user)" else { return "its name" }
        return isStats(words.content["server_stats"] as? [String: Any] ?? [:])
    }

    func isStats(_ content: [String: Any]) -> String? {
        content["users_online"] as? Int == online.count ? nil : "\(online.count) users are online"
    }

    /// What `users` lists are those whom the client has seen come and not go, as they are called.
    func isListing(_ words: Words) -> String? {
        let listed = words.list.compactMap { $0["id"] as? Int }
        guard listed == online.keys.sorted() else { return "\(online.keys.sorted()) are online" }
        return words.list.allSatisfy { $0["name"] as? String == online[$0["id"] as? Int ?? 0] } ? nil : "their names"
    }

    /// What who comes into a room is shown, if anything was ever posted there: up to the newest post.
    ///
    /// - Parameter place: where in the log it comes.
    mutating func showHistory(_ room: String, at place: Int) {
        guard scenario.durability != nil || scenario.keptPosts > 0 else { return }
        guard let newest = log.posts[room]?.last(where: { $0.place < place }) else {
            // Whether there is none may have to be read, too.
            let due = Due(what: "history of \(room), if any", isSure: false) { account, words in
                account.isUnreadable(words) ? nil : "another frame"
            }
            return scenario.readsLate ? self.due.append(due) : ()
        }
        due.append(
            Due(what: "history of \(room)") { account, words in
                if account.isUnreadable(words) { return nil }
                guard account.isOf("history", words) == nil, words.room == room else { return "another frame" }
                guard words.list.last?["id"] as? Int == newest.id else { return "\(newest.id) is the newest post" }
                return account.isHistory(words, of: room, before: nil, limit: 100, since: newest.id)
            })
    }

    /// Whether something says that what is on the disk could not be read.
    private func isUnreadable(_ words: Words) -> Bool {
        guard scenario.readsLate, words.type == "error", words.ref == nil else { return false }
        return ["unavailable", "internal_error"].contains(words.code) && words.content["close"] == nil
    }

    /// The newest posts of a room below an id: as many as were asked for, and none left out.
    ///
    /// - Parameter since: the newest that the client had seen when it asked.
    func isHistory(_ words: Words, of room: String, before: Int?, limit: Int, since: Int) -> String? {
        let ids = words.list.compactMap { $0["id"] as? Int }
        let all = log.posts[room] ?? []
        let below = all.filter { $0.id < before ?? .max }
        guard let newest = ids.last else {
            // Those below may have been forgotten.
            let isForgotten = scenario.forgets(of: all.count)
            return isForgotten || !below.contains { $0.id <= since } ? nil : "nothing is shown"
        }
        guard newest >= below.last(where: { $0.id <= since })?.id ?? 0 || scenario.forgets(of: all.count) else {
            return "what it has seen is not shown"
        }
        let shown = below.filter { $0.id <= newest }.suffix(ids.count)
        let isLong = words.text.utf8.count > 200_000
        if scenario.durability != nil, ids.count < limit, !isLong, ids.first != below.first?.id {
            return "older ones are left out"
        }
        guard shown.map(\.id) == ids else { return "\(shown.map(\.id)) are the posts" }
        for (post, item) in zip(shown, words.list) {
            let content = item["content"] as? String ?? (item["content"] as? [String: Any])?["url"] as? String
            guard content == post.said, item["sender_id"] as? Int == post.sender,
                item["sender"] as? String == post.senderName
            else { return "post \(post.id) is another" }
        }
        return nil
    }
}
