import HandlerKit

/// What clients ask about who is online, and what they are told.
extension Lobby {
    public static let types: MessageTypes = [
        MessageForm("get_users", "Asks who is online."), MessageForm("get_stats", "Asks how the server is doing."),
    ]
    public static let sends = [
        MessageForm(
            "welcome", to: .sender, "The first frame of whoever connects.",
            [
                "user_id": .id("Who the receiver is."), "user_name": .string("And is called."),
                "message": .string("The text that is set as `welcome_message`."),
                "server_stats": .object("As in `stats`."),
                "types": .list("The message types that this server takes."),
                "limits": .object("What a client should know not to exceed."),
                "resume": .optional(
                    .string("What lets the receiver come back to its session, where sessions are resumed.")),
            ]),
        MessageForm(
            "users", to: .sender,
            "Who is online; with a top-level `total` when those are more than `listed_users`.",
            content: .list("The users by id, each with `id`, `name`, `connected_at`.")),
        MessageForm("join", to: .everyone, "A user has connected.", presence),
        MessageForm("leave", to: .everyone, "A user has gone; it comes from the system.", presence),
        MessageForm(
            "stats", to: .sender, "How the server is doing.",
            [
                "users_online": .integer("How many users are online."),
                "uptime_seconds": .integer("How long the server has run."),
                "server_time": .string("`YYYY-MM-DD HH:MM:SS` in the server's local time."),
            ]),
    ]
    private static let presence: KeyValuePairs<String, Field> = [
        "user_id": .id("Who it is."), "user_name": .string("And is called."),
        "users_online": .integer("How many users are online now."),
    ]
}
