import HandlerKit

/// Shows the others in the room who is typing (P42).
public struct Typing: Handler {
    public static let name = "typing"
    public static let summary = "Shows the others in the room who is typing."
    public static let types: MessageTypes = [
        MessageForm(
            "typing", "The sender begins to type in a room, or ends.",
            ["is_typing": .bool("Which of it."), "room": .optional(.string("The one joined last when missing."))])
    ]
    public static let sends = [
        MessageForm(
            "typing", to: .room,
            "A user types in the room that a top-level `room` names, or no longer does. Who is behind in reading is told only of the end.",
            ["user_id": .id("Who it is."), "user_name": .string("And is called."), "is_typing": .bool("Which of it.")])
    ]
    public static let seesPosts = true

    @Setting(
        "How long after its last word a user counts as typing.", in: .seconds(1)...(.seconds(60)),
        whenHit: "the others are told that the user no longer types")
    var expires: Duration = .seconds(5)

    @Setting(
        "How many of one user's messages are passed on a second; the others are dropped.", in: 0.01...1_000,
        whenHit: "the message is dropped, and acknowledged if it has a `ref`")
    var perSecond = 1.0

    /// The room that somebody is typing in.
    private var places = PerSession<String?>(nil)
    private var buckets = PerSession(TokenBucket())

    public init() {}

    public mutating func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        guard let isTyping = try message.bool("is_typing") else { throw Rejection.invalidMessage }
        let (user, room) = (context.sender, try context.room(of: message))
        guard isTyping || places[user] == room,
            buckets[user].take(burst: 1, perSecond: perSecond, now: context.time.milliseconds) == nil
        else { return .handled }
        if !isTyping || places[user] != room { end(&context) }
        if isTyping {
            places[user] = room
            tell(room, true, &context)
            context.wake(after: expires)
        }
        return .handled
    }

    public mutating func woken(_ context: inout Context) { end(&context) }

    public mutating func posted(_ post: Post, _ context: inout Context) { end(&context, in: post.room) }

    public mutating func exited(_ room: String, _ context: inout Context) { end(&context, in: room) }

    public mutating func left(_ context: inout Context) {
        end(&context)
        places.remove(context.sender)
        buckets.remove(context.sender)
    }

    /// - Parameter room: nil for whichever it is.
    private mutating func end(_ context: inout Context, in room: String? = nil) {
        guard let place = places[context.sender], room ?? place == place else { return }
        places[context.sender] = nil
        tell(place, false, &context)
    }

    /// An end is not droppable: whoever got the beginning would see the user type for ever.
    private func tell(_ room: String, _ isTyping: Bool, _ context: inout Context) {
        let user = context.sender
        context.announce(
            "typing", ["user_id": user.id, "user_name": user.name, "is_typing": isTyping], in: room,
            adding: ["room": room], droppable: isTyping)
    }
}
