import HandlerTesting
import Handlers
import Logging
import RouterCore
import RouterServer
import TestSupport

/// A server in memory, those who are connected to it, and what has to be true of all of them together.
final class Company {
    static let places = 6
    static let rooms = ["general", "random", "gaming", "no such room"]

    private let server: MemoryServer
    private(set) var members: [Member?] = Array(repeating: nil, count: places)
    /// Those who did something in this step.
    var actors: Set<Int> = []
    let posts = PostRecord()

    /// - Parameter choice: its lowest bits say whether there is a rate limit, and whether other limits are low.
    init(choice: UInt8) throws { server = try MemoryServer(Self.options[Int(choice & 3)]) }

    /// Put together once: that takes as long as a good part of a conversation.
    private static let options = (0..<4).map { choice in
        let handlers = bundledHandlers.filter { $0 != Echo.self && (choice & 1 == 0 || $0 != RateLimit.self) }
        let low = ["max_connections": "4", "max_room_posts": "4", "max_bad_messages": "5", "max_keys_per_session": "2"]
        return ServerOptions(
            listen: ListenAddress(host: "127.0.0.1", port: 8080), allowedOrigins: [],
            limits: .with(choice & 2 == 0 ? [:] : low), timeouts: Timeouts(),
            plan: PipelinePlan(handlers.map { PipelinePlan.Entry($0) }),
            log: Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() })
    }

    // MARK: - What happens

    func come(_ place: Int, badly: Bool) throws {
        let member = Member(place: place, link: try server.connect(), posts: posts)
        members[place] = member
        actors.insert(place)
        try member.send(badly ? Member.badUpgrade : Member.upgrade)
    }

    func wait(_ duration: Duration) { server.advance(by: duration) }

    /// Ends a connection from the client's side.
    func end(_ place: Int, _ body: (any ConversationLink) throws -> Void) throws {
        guard let member = members[place] else { return }
        members[place] = nil
        try body(member.link)
    }

    /// - Parameter atOnce: whether all of it reaches the server in one turn.
    func step(atOnce: Bool = false, _ body: () throws -> Void) throws {
        actors = []
        let before = members.map { $0.map { Standing($0) } }
        for case let member? in members { member.beginStep() }
        if atOnce { try server.atOnce(body) } else { try body() }
        try receive()
        try checkPresence()
        try checkPosts(before)
    }

    private func receive() throws {
        // What somebody answers to what it gets may bring others something more.
        for _ in 0..<3 {
            for (place, member) in members.enumerated() where try member?.receive() == false { members[place] = nil }
        }
    }

    // MARK: - What has to be so

    private var users: [Member] { members.compactMap { $0 }.filter(\.isUser) }

    private func checkPresence() throws {
        let online = Set(users.map(\.id))
        try require(online.count == users.count, "two connections are the same user")
        try require(server.usersOnline == users.count, "\(server.usersOnline) online, and there are \(users.count)")
        for user in users {
            try require(Set(user.names.keys) == online, "\(user.id) sees \(user.names.keys), and there are \(online)")
            try require(user.isSpoiled || user.awaited.isEmpty, "\(user.id) waits for the answer to \(user.awaited)")
        }
    }

    private struct Standing {
        let id: Int
        let rooms: Set<String>
        init(_ member: Member) { (id, rooms) = (member.isUser ? member.id : 0, member.rooms) }
    }

    /// Whoever only listened got every post that was accepted for one of its rooms.
    private func checkPosts(_ before: [Standing?]) throws {
        let accepted = members.compactMap { $0 }.flatMap(\.accepted)
        for (place, member) in members.enumerated() {
            guard let member, member.isUser, !actors.contains(place), before[place]?.id == member.id else { continue }
            for (id, room) in accepted where before[place]?.rooms.contains(room) == true {
                try require(member.seen.contains(id), "\(member.id) did not get \(id), posted in \(room)")
            }
        }
    }

    /// All go, and it is as if they had not been there.
    func disperse() throws {
        for place in members.indices { try end(place) { try $0.finish() } }
        try require(server.usersOnline == 0, "\(server.usersOnline) are online when all have gone")
        try require(server.connections == 0, "\(server.connections) connections are left when all have gone")
        try step { try come(0, badly: false) }
        try step { try members[0]?.ask(#"{"type":"get_rooms""#) }
        try require(
            members[0]?.membersOfRooms == [1, 0, 0], "rooms are not empty: \(members[0]?.membersOfRooms ?? [])")
        try server.shutDown()
    }
}

/// What is known of each id that somebody has seen.
final class PostRecord {
    private var posts: [Int: String] = [:]

    func note(_ id: Int, _ post: String) throws {
        let known = posts.updateValue(post, forKey: id) ?? post
        try require(known == post, "\(id) is \(known) for one, and \(post) for another")
    }
}
