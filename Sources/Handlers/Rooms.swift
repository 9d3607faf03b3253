import HandlerKit

/// Opens rooms, and lets users join and leave them (P36, P37).
public struct Rooms: Handler {
    public static let name = "rooms"
    public static let summary = "Opens rooms, which users join and leave, and tells who does."

    @Setting(
        "The rooms, as get_rooms lists them; everybody starts in the first.", names: 1...1_000, ofBytes: 1...64,
        whenHit: "the router does not start")
    public var rooms = ["general", "random", "gaming"]

    @Setting("Rooms that one user may be in at once.", in: 1...1_000, whenHit: "error `too_many_rooms`")
    var maxRooms = 10

    @Setting(
        "Requests about rooms that one user may make at once.", in: 1...10_000,
        whenHit: "error `rate_limited` with `retry_after_ms`; never closes")
    var queryBurst = 20

    @Setting("Requests a second after that.", in: 0.01...10_000, whenHit: "the same")
    var queriesPerSecond = 5.0

    private var queries = UserBuckets()

    public init() {}

    public mutating func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        try queries.ask(context, burst: queryBurst, perSecond: queriesPerSecond)
        if message.isOf(type: "join_room") {
            try join(message, &context)
        } else if message.isOf(type: "leave_room") {
            leave(try context.room(of: message), &context)
        } else {
            let joined = context.rooms.joined(by: context.sender)
            let rooms: [JSONMembers] = context.rooms.names.map {
                ["name": $0, "members": context.rooms.members(of: $0), "joined": joined.contains($0)]
            }
            context.reply("rooms", rooms)
        }
        return .handled
    }

    public func entered(_ room: String, _ context: inout Context) { tell("room_joined", "room_join", room, &context) }

    public func exited(_ room: String, _ context: inout Context) { tell("room_left", "room_leave", room, &context) }

    public mutating func left(_ context: inout Context) {
        queries.left(context, burst: queryBurst, perSecond: queriesPerSecond)
    }

    private func join(_ message: Message, _ context: inout Context) throws {
        let stays = try message.bool("stay") ?? false
        guard let room = try message.string("room"), let members = context.rooms.members(of: room) else {
            throw Rejection(.roomNotFound, "Room not found")
        }
        let joined = context.rooms.joined(by: context.sender)
        if stays, !joined.contains(room), joined.count >= maxRooms {
            throw Rejection(.tooManyRooms, "You are in \(joined.count) rooms already")
        }
        context.join(room, staying: stays)
        if joined.contains(room) { context.reply("room_joined", ["room": room, "members": members]) }
    }

    /// Who leaves the first room and is in no other is back in it at once.
    private func leave(_ room: String, _ context: inout Context) {
        context.leave(room)
        guard context.rooms.joined(by: context.sender) == [context.rooms.names[0]] else { return }
        context.reply("room_joined", ["room": room, "members": context.rooms.members(of: room)])
    }

    private func tell(_ own: StaticString, _ others: StaticString, _ room: String, _ context: inout Context) {
        let (user, members) = (context.sender, context.rooms.members(of: room))
        context.reply(own, ["room": room, "members": members])
        let content: JSONMembers = ["room": room, "user_id": user.id, "user_name": user.name, "members": members]
        context.announce(others, content, in: room)
    }
}
