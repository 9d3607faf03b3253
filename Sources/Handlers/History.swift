import HandlerKit

/// Shows what was posted before: to who comes, to who joins a room, and page by page to who asks (P35).
public struct History: AsyncHandler {
    public static let name = "history"
    public static let summary = "Shows the latest posts of a room to who joins it, and older ones to who asks."
    public static let types: MessageTypes = [
        MessageForm(
            "get_history", "Asks for posts of a room.",
            [
                "room": .optional(.string("One that the sender is in; the one joined last when missing.")),
                "before": .optional(.id("Only posts with a smaller id; the newest there are when missing.")),
                "limit": .optional(.integer("Most posts, 1 to `last`; what is outside counts as the nearest.")),
            ])
    ]
    public static let sends = [
        MessageForm(
            "history", to: .sender, "Posts of the room that a top-level `room` names.",
            content: .list(
                "The posts, oldest first, each with `id`, `type`, `sender`, `sender_id`, `content`, `timestamp`."))
    ]

    @Setting(
        "Posts that who joins a room is shown, and most posts in an answer.", in: 1...1_000,
        whenHit: "older posts come with another `get_history`")
    var last = 100

    @Setting(
        "Answers to get_history that one user gets at once.", in: 1...10_000,
        whenHit: "error `rate_limited` with `retry_after_ms`; never closes")
    var queryBurst = 20

    @Setting("Answers a second after that.", in: 0.01...10_000, whenHit: "the same")
    var queriesPerSecond = 5.0

    private var queries = UserBuckets()
    /// What was shown last, for whoever joins the same room before the next post.
    private var shown = ShownPage()

    public init() {}

    public mutating func admitted(_ context: inout Context) {
        for room in context.rooms.joined(by: context.sender) { show(room, &context) }
    }

    public mutating func entered(_ room: String, _ context: inout Context) { show(room, &context) }

    public mutating func left(_ context: inout Context) {
        queries.left(context, burst: queryBurst, perSecond: queriesPerSecond)
        if context.users.count == 0 { shown = ShownPage() }  // nobody is there for whom to keep it
    }

    public mutating func work(for message: Message, _ context: borrowing Context) throws -> Work<[KeptPost]> {
        try queries.ask(context, burst: queryBurst, perSecond: queriesPerSecond)
        let limit = try given(message.integer("limit"), "limit", message) ?? last
        let before = try given(message.id("before"), "before", message) ?? .max
        return page(of: try context.room(of: message), before: before, min(max(limit, 1), last), context)
    }

    /// What is there and of no use is refused: who pages with it would get the same page for ever.
    private func given<Value>(_ value: Value?, _ name: StaticString, _ message: Message) throws -> Value? {
        if value == nil, message.present(name) != nil { throw Rejection.invalidMessage }
        return value
    }

    public func handle(_ message: inout Message, _ posts: [KeptPost], _ context: inout Context) throws -> Flow {
        let room = try context.room(of: message)
        if shown.isPage(of: posts, in: room) {
            context.reply("history", sharing: shown.text, adding: ["room": room])
        } else {
            context.reply("history", HistoryPage(posts), adding: ["room": room])
        }
        return .handled
    }

    /// The newest posts. Those that are in memory are encoded once for all who come before there is another.
    private mutating func show(_ room: String, _ context: inout Context) {
        let key = ShownPage.Key(room: room, newest: context.archive.newest(in: room), limit: last)
        guard key.newest > 0 else { return }
        if shown.key != key {
            switch page(of: room, before: .max, last, context) {
            case .ready(let posts):
                guard !posts.isEmpty else { return }
                shown = ShownPage(key: key, count: posts.count, text: JSONRaw(encoding: HistoryPage(posts)))
            case .waiting(let read): return show(room, read, &context)
            }
        }
        context.reply("history", sharing: shown.text, adding: ["room": room])
    }

    private func show(
        _ room: String, _ read: @escaping @Sendable () async throws -> [KeptPost], _ context: inout Context
    ) {
        let page: @Sendable () async throws -> JSONRaw? = {
            let posts = try await read()
            return posts.isEmpty ? nil : JSONRaw(encoding: HistoryPage(posts))
        }
        context.reply("history", awaiting: page, adding: ["room": room])
    }

    private func page(
        of room: String, before: Int64, _ limit: Int, _ context: borrowing Context
    ) -> Work<[KeptPost]> {
        context.archive.page(of: room, before: before, limit: limit, maxBytes: HistoryPage.maxBytes)
    }
}
