/// One life of the server: from its start to a crash, or to the end.
struct Life {
    /// The observer first.
    var clients: [SimulatedClient] = []
    /// What was there when it began.
    var heritage = Heritage()
    var isCrashed = false
    /// Whether the disk has something of sessions that nobody was told of.
    var hasUnheardSessions = false
    /// Whether that was so in one of the lives before, or sessions could not be saved.
    var hasVaguePast = false
    /// Whether so much time had passed before it, or one of those before, that sessions had expired.
    var isLate = false
}

/// What a server finds of earlier lives: what the observer was shown, page by page, before anybody else came.
struct Heritage {
    struct Item {
        let id: Int
        let type: String
        let sender: Int
        let senderName: String
        let said: String
    }

    /// By room, oldest first.
    private(set) var items: [String: [Item]] = [:]
    /// What was told in earlier lives.
    var told = Told()

    /// Reads what the observer was shown so far.
    mutating func read(_ observer: SimulatedClient) {
        items = [:]
        for words in observer.seen.compactMap(\.words) where words.type == "history" {
            guard let room = words.room else { continue }
            let oldest = items[room]?.first?.id ?? .max
            let page = words.list.compactMap(Item.init).filter { $0.id < oldest }
            items[room] = page + items[room, default: []]
        }
    }
}

extension Heritage.Item {
    fileprivate init?(_ item: [String: Any]) {
        let content = item["content"]
        guard let id = item["id"] as? Int, let type = item["type"] as? String, let sender = item["sender_id"] as? Int,
            let said = content as? String ?? (content as? [String: Any])?["url"] as? String
        else { return nil }
        self.init(id: id, type: type, sender: sender, senderName: item["sender"] as? String ?? "", said: said)
    }
}

/// The highest ids that anybody has ever been told of.
struct Told {
    var user = 0
    var id = 0

    mutating func add(_ clients: [SimulatedClient]) {
        for words in clients.flatMap(\.seen).compactMap(\.words) {
            if let one = words.type == "join" || words.type == "welcome" ? words.content["user_id"] as? Int : nil {
                user = max(user, one)
            }
            if let one = words.type == "ack" ? words.content["id"] as? Int : words.id { id = max(id, one) }
            if words.type == "history", let last = words.list.last?["id"] as? Int { id = max(id, last) }
        }
    }
}
