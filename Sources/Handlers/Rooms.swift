import HandlerKit

/// Opens rooms, and lets users join and leave them (P36, P37).
public struct Rooms: Handler {
    public static let name = "rooms"
    public static let summary = "Opens rooms, which users join and leave, and tells who does."

    @Setting(
        "The rooms, as get_rooms lists them; everybody starts in the first.",
        mustBe: "a list of 1 to 1000 names, none twice, each of 1 to 64 bytes",
        where: { (1...1_000).contains($0.count) && Set($0).count == $0.count && $0.allSatisfy(isName) })
    public var rooms = ["general", "random", "gaming"]

    @Setting("Rooms that one user may be in at once.", in: 1...1_000)
    var maxRooms = 10

    @Setting("Requests about rooms that one user may make at once.", in: 1...10_000)
    var queryBurst = 20

    @Setting("Requests a second after that.", in: 0.01...10_000)
    var queriesPerSecond = 5.0

    private var queries = PerSession(TokenBucket())

    public init() {}

    public mutating func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        let now = context.time.milliseconds
        let wait = queries[context.sender].take(burst: queryBurst, perSecond: queriesPerSecond, now: now)
        if let wait { throw Rejection(.rateLimited, "Too many requests", retryAfterMilliseconds: wait) }
        if message.isOf(type: "join_room") {
            try join(message, &context)
        } else if message.isOf(type: "leave_room") {
            leave(try context.room(of: message), &context)
        } else {
            context.reply("rooms", listed(context))
        }
        return .handled
    }

    public func entered(_ room: String, _ context: inout Context) { tell("room_joined", "room_join", room, &context) }

    public func exited(_ room: String, _ context: inout Context) { tell("room_left", "room_leave", room, &context) }

    public mutating func left(_ context: inout Context) { queries.remove(context.sender) }

    private func join(_ message: Message, _ context: inout Context) throws {
        let stays = try message.bool("stay") ?? false
        guard let room = try message.string("room"), context.rooms.members(of: room) != nil else {
            throw Rejection(.roomNotFound, "Room not found")
        }
        let joined = context.rooms.joined(by: context.sender)
        if stays, !joined.contains(room), joined.count >= maxRooms {
            throw Rejection(.tooManyRooms, "You are in \(joined.count) rooms already")
        }
        context.join(room, staying: stays)
        if joined.contains(room) { context.reply("room_joined", place(room, context)) }
    }

    /// Who leaves the first room and is in no other is back in it at once.
    private func leave(_ room: String, _ context: inout Context) {
        context.leave(room)
        if context.rooms.joined(by: context.sender) == [context.rooms.names[0]] {
            context.reply("room_joined", place(room, context))
        }
    }

    private func tell(_ own: StaticString, _ others: StaticString, _ room: String, _ context: inout Context) {
        context.reply(own, place(room, context))
        let user = context.sender
        context.announce(
            others,
            ["room": room, "user_id": user.id, "user_name": user.name, "members": context.rooms.members(of: room)],
            in: room)
    }

    private func place(_ room: String, _ context: borrowing Context) -> JSONMembers {
        ["room": room, "members": context.rooms.members(of: room)]
    }

    private func listed(_ context: borrowing Context) -> [JSONMembers] {
        let joined = context.rooms.joined(by: context.sender)
        return context.rooms.names.map {
            ["name": $0, "members": context.rooms.members(of: $0), "joined": joined.contains($0)]
        }
    }

    private static func isName(_ text: String) -> Bool { (1...64).contains(text.utf8.count) }
}
