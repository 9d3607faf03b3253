/// All that everybody, or everybody in a room, was told, in the one order that there is: as the observer got it, who is in
/// all rooms from the beginning. It is checked to make sense by itself; what others got is checked against it.
struct PublicLog {
    struct Entry {
        let words: Words
        let step: Int
        /// Whom it is about.
        let user: Int
        /// nil for what all are told.
        let room: String?

        /// Whether a client that is behind may do without it; the first never is.
        var isDroppable: Bool { words.type == "typing" && words.content["is_typing"] as? Bool == true }
    }

    struct Post {
        let id: Int
        let sender: Int
        let senderName: String
        let said: String
        /// Where it stands in the log; -1 for what is of an earlier life.
        let place: Int
    }

    private(set) var entries: [Entry] = []
    private(set) var posts: [String: [Post]] = [:]
    /// By content.
    private(set) var said: [String: (id: Int, room: String)] = [:]
    /// Where each user comes and goes, and who is online when it has come.
    private(set) var joins: [Int: [Int]] = [:]
    private(set) var leaves: [Int: Int] = [:]
    /// Where the sessions of all users are who were ever told of.
    private(set) var standings: [Int: Standing]

    struct Standing {
        var name: String
        var rooms: Set<String>
    }

    /// Whether the rooms of those who come back may be others than those that they were last told to be in.
    private let isVague: Bool
    private(set) var violations: [Violation] = []

    /// The observer.
    private var first: (user: Int, name: String)?
    private var online: [Int: String] = [:]
    private var members: [String: Set<Int>] = ["general": [], "random": [], "gaming": []]
    private var typing: [Int: String] = [:]
    private var lastUser: Int
    private var lastID: Int
    /// The highest id that was told of in earlier lives.
    let lastIDBefore: Int
    private let authors: [String: Int]

    /// - Parameters:
    ///   - heritage: what was there before.
    ///   - authors: who has ever sent each content, by user.
    init(of observer: SimulatedClient, _ heritage: Heritage, _ past: Past, authors: [String: Int]) {
        self.authors = authors
        (standings, isVague) = (past.sessions, past.isVague)
        (lastUser, lastID, lastIDBefore) = (heritage.told.user, heritage.told.id, heritage.told.id)
        posts = heritage.items.mapValues { items in
            items.map { Post(id: $0.id, sender: $0.sender, senderName: $0.senderName, said: $0.said, place: -1) }
        }
        for (room, items) in heritage.items { for item in items { said[item.said] = (item.id, room) } }
        for seen in observer.seen {
            guard let words = seen.words else { continue }
            if words.isPublic { add(words, seen.step) } else { note(words, observer) }
        }
    }

    var usersOnline: Int { online.count }
    var stillOnline: [Int] { online.keys.sorted() }

    private mutating func note(_ words: Words, _ observer: SimulatedClient) {
        guard let user = observer.user else { return }
        if words.type == "welcome" {
            online[user] = words.content["user_name"] as? String
            members["general"]?.insert(user)
            if user <= lastUser { violations.append(Violation(.id, what: "user \(user) was there in an earlier life")) }
            lastUser = max(user, lastUser)
            first = (user, online[user] ?? "")
        } else if words.type == "room_joined", let room = words.content["room"] as? String {
            members[room]?.insert(user)
        }
    }

    private mutating func add(_ words: Words, _ step: Int) {
        let user = words.content["user_id"] as? Int ?? words.from ?? 0
        let room = words.room ?? words.content["room"] as? String
        var faults: [Fault] = []
        func check(_ isRight: Bool, _ what: String) { if !isRight { faults.append((.presence, what)) } }
        let name = words.content["user_name"] as? String
        switch words.type {
        case "join":
            let before = standings[user]
            if before == nil, user <= lastUser { faults.append((.id, "the id of a user was given out before")) }
            check(online[user] == nil, "who comes is there already")
            if before == nil || !isVague { check(name == before?.name ?? "User\(user)", "the name of who comes") }
            check(words.content["users_online"] as? Int == online.count + 1, "\(online.count + 1) are online")
            lastUser = max(user, lastUser)
            online[user] = name
            for room in before?.rooms ?? ["general"] { members[room]?.insert(user) }
            standings[user] = before ?? Standing(name: name ?? "", rooms: ["general"])
            joins[user, default: []].append(entries.count)
        case "leave":
            check(online[user] != nil, "who leaves was not there")
            check(online[user] == name, "the name of who leaves is \(online[user] ?? "none")")
            check(words.from == 0 && words.fromName == "System", "who tells of it")
            check(words.content["users_online"] as? Int == online.count - 1, "\(online.count - 1) are online")
            check(typing[user] == nil, "who leaves still types")
            online[user] = nil
            for room in members.keys { members[room]?.remove(user) }
            leaves[user] = entries.count
        case "user_renamed":
            check(online[user] == words.content["old_name"] as? String, "the old name is \(online[user] ?? "none")")
            online[user] = words.content["new_name"] as? String
            standings[user]?.name = online[user] ?? ""
        case "room_join", "room_leave":
            let comes = words.type == "room_join"
            check(isVague || members[room ?? "", default: []].contains(user) != comes, "whether it was in the room")
            if comes { members[room ?? ""]?.insert(user) } else { members[room ?? ""]?.remove(user) }
            if comes { standings[user]?.rooms.insert(room ?? "") } else { standings[user]?.rooms.remove(room ?? "") }
            check(
                isVague || words.content["members"] as? Int == members[room ?? ""]?.count,
                "\(members[room ?? ""]?.count ?? 0) are in it")
        case "typing":
            // Who leaves a room, or types in another, ends first; then it may be out of it already.
            let isTyping = words.content["is_typing"] as? Bool ?? false
            check(isTyping ? isVague || members[room ?? ""]?.contains(user) == true : typing[user] == room, "who types")
            typing[user] = isTyping ? room : nil
        default: addPost(words, user, room, &faults)
        }
        if words.type != "leave" { check(words.from == user && words.fromName == online[user], "who it is from") }
        entries.append(Entry(words: words, step: step, user: user, room: room))
        violations += faults.map { Violation($0.kind, step: step, what: "\($0.what): \(words.text.prefix(300))") }
    }

    /// Who is online when so much has been told.
    func online(at place: Int) -> [Int: String] {
        var online: [Int: String] = [:]
        if let first { online[first.user] = first.name }
        for entry in entries[..<place] {
            switch entry.words.type {
            case "join": online[entry.user] = entry.words.content["user_name"] as? String
            case "leave": online[entry.user] = nil
            case "user_renamed": online[entry.user] = entry.words.content["new_name"] as? String
            default: break
            }
        }
        return online
    }

    private typealias Fault = (kind: Violation.Kind, what: String)

    private mutating func addPost(_ words: Words, _ user: Int, _ room: String?, _ faults: inout [Fault]) {
        guard let id = words.id, let room, let content = words.said else {
            return faults.append((.answer, "no id, room or content"))
        }
        func check(_ isRight: Bool, _ kind: Violation.Kind, _ what: String) {
            if !isRight { faults.append((kind, what)) }
        }
        check(said[content] == nil, .doubled, "this was posted before")
        check(id > lastID, .id, "an id after \(lastID)")
        check(isVague || members[room]?.contains(user) == true, .presence, "who posts is in the room")
        check(authors[content] == user || authors[content] == 0, .unknown, "nobody of this id has sent this")
        lastID = max(id, lastID)
        said[content] = (id, room)
        posts[room, default: []].append(
            Post(id: id, sender: user, senderName: online[user] ?? "", said: content, place: entries.count))
    }
}
