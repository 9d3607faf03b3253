import HandlerKit
import HandlerTesting
import Handlers
import Logging
import RouterCore
import RouterServer
import TestSupport

/// A server in memory, those who are connected to it, and what has to be true of all of them together.
final class Company {
    static let places = 6
    /// Most users of one address where that counts.
    private static let fewPlaces = 4
    static let rooms = ["general", "random", "gaming", "no such room"]

    private let server: MemoryServer
    private(set) var members: [Member?] = Array(repeating: nil, count: places)
    /// Those who did something in this step.
    var actors: Set<Int> = []
    let posts = PostRecord()
    private let choice: UInt8
    private lazy var zlib = ClientDeflate()

    /// - Parameter choice: bit by bit from the lowest: whether there is a rate limit; whether other limits are low; whether
    ///   limits of one address count for these clients; which of them offer compression; whether all is compressed.
    init(choice: UInt8) throws {
        self.choice = choice
        server = try MemoryServer(Self.options[Int(choice & 7 | choice >> 2 & 8)])
    }

    /// The window that the client of a place offers; nil for those who don't.
    private func windowBits(_ place: Int) -> Int? {
        switch place % 3 {
        case 1 where choice & 8 != 0: 15
        case 2 where choice & 16 != 0: 9
        default: nil
        }
    }

    /// Put together once: that takes as long as a good part of a conversation.
    private static let options = (0..<16).map { choice in
        let handlers = bundledHandlers.filter { $0 != Echo.self && (choice & 1 == 0 || $0 != RateLimit.self) }
        let low = ["max_connections": "4", "max_room_posts": "4", "max_bad_messages": "5", "max_keys_per_session": "2"]
        let few = ["max_connections_per_address": "\(fewPlaces)", "max_handshakes_per_address": "3"]
        let limits = Limits.with((choice & 2 == 0 ? [:] : low).merging(choice & 4 == 0 ? [:] : few) { $1 })
        if choice & 4 != 0 {
            let exempt = HandlerKit.settings(of: limits).first { $0.name == "exempt_addresses" }
            precondition(exempt?.setting.assign(.list([])) == .some(nil), "no address can't be exempt")
        }
        return ServerOptions(
            listen: ListenAddress(host: "127.0.0.1", port: 8080), allowedOrigins: [], limits: limits,
            timeouts: Timeouts(), plan: PipelinePlan(handlers.map { PipelinePlan.Entry($0) }),
            compressFrom: choice & 8 == 0 ? 1_024 : 0, log: Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() })
    }

    // MARK: - What happens

    func come(_ place: Int, badly: Bool) throws {
        let deflate = windowBits(place).map { (zlib: zlib, windowBits: $0) }
        let member = Member(place: place, link: try server.connect(), posts: posts, deflate: deflate)
        members[place] = member
        actors.insert(place)
        try member.upgrade(isBad: badly)
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
        try require(server.strangers == 0, "\(server.strangers) are counted as no users when all have gone")
        wait(.seconds(60))  // their address may have asked for all that it may
        try step { try come(0, badly: false) }
        try step { try members[0]?.ask(#"{"type":"get_rooms""#) }
        try require(
            members[0]?.membersOfRooms == [1, 0, 0], "rooms are not empty: \(members[0]?.membersOfRooms ?? [])")
        if choice & 4 != 0 { try fillAddress() }
        try server.shutDown()
    }

    /// As many come of the one address as may, as if nobody had come before.
    private func fillAddress() throws {
        for place in 1...Self.fewPlaces { try step { try come(place, badly: false) } }
        try require(users.count == Self.fewPlaces, "\(users.count) of an address were let in, of \(Self.fewPlaces)")
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
