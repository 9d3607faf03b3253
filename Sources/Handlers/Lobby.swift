import HandlerKit

/// Tells people who is here: `welcome` and `users` to whoever comes, `join` and `leave` to the others, and the
/// answers to `get_users` and `get_stats` (P5 to P9, P14, P16, P47).
public struct Lobby: Handler {
    public static let name = "lobby"
    public static let summary = "Welcomes users, tells the others who comes and goes, and answers who is online."

    @Setting("The text of the welcome.")
    var welcomeMessage = "Welcome to the chat room!"

    @Setting(
        "Most users that the users frame lists, the first by id; beyond them it only says how many there are.",
        in: 1...100_000, whenHit: "`users` lists the first by id, and `total` says how many there are")
    var listedUsers = 1_000

    @Setting(
        "Answers to get_users and get_stats that one user gets at once.", in: 1...10_000,
        whenHit: "error `rate_limited` with `retry_after_ms`; never closes")
    var queryBurst = 20

    @Setting("Answers a second after that.", in: 0.01...10_000, whenHit: "the same")
    var queriesPerSecond = 5.0

    private var queries = UserBuckets()
    private var listing = UserListing()

    public init() {}

    public mutating func admitted(_ context: inout Context) {
        let user = context.sender
        var content: JSONMembers = [
            "user_id": user.id, "user_name": user.name, "message": welcomeMessage,
            "server_stats": stats(context), "types": context.server.types, "limits": context.server.limits,
        ]
        if let token = context.resumeToken { content.append(["resume": token]) }
        context.reply("welcome", content)
        sendUsers(&context)
        context.announce("join", presence(of: user, in: context))
    }

    /// The others have seen it leave.
    public mutating func resumed(_ context: inout Context) {
        context.announce("join", presence(of: context.sender, in: context))
    }

    public mutating func left(_ context: inout Context) {
        listing.left(context.sender, of: context.users)
        queries.left(context, burst: queryBurst, perSecond: queriesPerSecond)
        context.announce("leave", presence(of: context.sender, in: context), from: .system)
    }

    public mutating func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        try queries.ask(context, burst: queryBurst, perSecond: queriesPerSecond)
        if message.isOf(type: "get_users") {
            sendUsers(&context)
        } else {
            context.reply("stats", stats(context))
        }
        return .handled
    }

    private mutating func sendUsers(_ context: inout Context) {
        let users = listing.array(of: context.users, limit: listedUsers)
        let total = context.users.count
        context.reply("users", sharing: users, adding: total > listedUsers ? ["total": total] : nil)
    }

    private func stats(_ context: borrowing Context) -> JSONMembers {
        [
            "users_online": context.users.count,
            "uptime_seconds": context.time.unix - context.server.startedAt,
            "server_time": context.time.local,
        ]
    }

    private func presence(of user: User, in context: borrowing Context) -> JSONMembers {
        ["user_id": user.id, "user_name": user.name, "users_online": context.users.count]
    }
}
