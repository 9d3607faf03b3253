/// How a client comes back to its session (P46).
struct Comeback {
    enum Kind {
        case right
        /// It has lost some of what it got.
        case earlier
        /// With a token that there never was, or that is not valid any more.
        case wrong, used
    }

    let kind: Kind
    let token: String
    let after: Int
    /// The connection before.
    let former: SimulatedClient
    /// Whether it says something before it knows that it is back, and closes behind that, with this code.
    var isHasty = false
    var closesWith: Int?

    /// Whether the connection before has got nothing above that.
    var isExact: Bool { former.newestID == after && (former.user != nil || former.comeback?.isExact ?? true) }

    /// Whether a connection of the session may have made its token void before it had read the next one.
    var mayBeVoid: Bool { formers.contains { $0.user == nil && $0.comeback?.isHasty == true } }

    static let ref = "back"
    var text: String { #"{"type":"resume","token":"\#(token)","after":\#(after),"ref":"\#(Self.ref)"}"# }

    /// The connections of the session before this one, the last one first.
    var formers: [SimulatedClient] {
        [former] + (former.isResumed || former.user == nil ? former.comeback?.formers ?? [] : [])
    }
}

/// A post that somebody who comes back has missed.
struct MissedPost {
    let id: Int
    let said: String
    let sender: Int
    let room: String
    /// When the observer got it; nil for what nobody was told of before a crash.
    let step: Int?
}

/// What is known of all lives so far.
struct Past {
    private(set) var logs: [PublicLog] = []
    private(set) var accounts: [Int: Account] = [:]
    /// Whether the disk may know less, or more, of sessions than was told: some could not be saved before a crash, or were and
    /// nobody was told.
    private(set) var isVague = false

    mutating func add(_ account: Account) { accounts[account.client.number] = account }

    mutating func add(_ oracle: Oracle, _ life: Life, _ scenario: Scenario) {
        logs.append(oracle.log)
        for account in oracle.accounts { add(account) }
        if life.isCrashed, scenario.durability?.fails == true || life.hasUnheardSessions { isVague = true }
    }

    /// Where a user's session was at the end of the lives so far.
    var sessions: [Int: PublicLog.Standing] { logs.last?.standings ?? [:] }

    /// The posts of others above an id in the rooms that a user was in, in the order of their ids.
    ///
    /// - Parameters:
    ///   - log: of the present life.
    ///   - place: where it ends in there.
    /// - Returns: also the rooms that the user is in then.
    func missed(
        by user: Int, after id: Int, _ log: PublicLog, upTo place: Int
    ) -> (posts: [MissedPost], rooms: Set<String>) {
        var rooms: Set<String> = []
        var missed: [MissedPost] = []
        var newest = 0
        for (index, one) in (logs + [log]).enumerated() {
            let unheard = one.posts.flatMap { room, posts in
                posts.filter { $0.place < 0 && $0.id > newest }.map { (room, $0) }
            }
            for (room, post) in unheard.sorted(by: { $0.1.id < $1.1.id })
            where index > 0 && rooms.contains(room) && post.sender != user {
                missed.append(.init(id: post.id, said: post.said, sender: post.sender, room: room, step: nil))
            }
            for entry in index == logs.count ? one.entries[..<place] : one.entries[...] {
                follow(entry, user, &rooms, &missed)
            }
            newest = one.posts.values.joined().map(\.id).max() ?? newest
        }
        return (missed.filter { $0.id > id }, rooms)
    }

    private func follow(
        _ entry: PublicLog.Entry, _ user: Int, _ rooms: inout Set<String>, _ missed: inout [MissedPost]
    ) {
        switch (entry.words.type, entry.room) {
        case ("join", _) where entry.user == user && rooms.isEmpty: rooms = ["general"]
        case ("room_join", let room?) where entry.user == user: rooms.insert(room)
        case ("room_leave", let room?) where entry.user == user: rooms.remove(room)
        case ("message", let room?), ("image", let room?):
            guard entry.user != user, rooms.contains(room), let id = entry.words.id, let said = entry.words.said else {
                return
            }
            missed.append(.init(id: id, said: said, sender: entry.user, room: room, step: entry.step))
        default: break
        }
    }
}
