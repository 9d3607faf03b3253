import HandlerKit

/// Sends what it says is for the sender to somebody else.
struct Gossip: Handler {
    static let name = "gossip"
    static let summary = "Answers whoever came first."
    static let types: MessageTypes = Hoarder.types
    static let sends = [MessageForm("secret", to: .sender, "", ["text": .string("")])]

    init() {}

    func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        for user in context.users.first(1) { context.send("secret", ["text": "psst"] as JSONMembers, to: user) }
        return .handled
    }
}

/// Tells everyone what is only for a room.
struct Leak: Handler {
    static let name = "leak"
    static let summary = "Has two rooms, and can't keep them apart."
    static let types: MessageTypes = [MessageForm("move", "", ["to": .string("A room.")])]
    static let sends = [MessageForm("moved", to: .room, "", ["to": .string("A room.")])]

    init() {}

    var rooms: [String] { ["hall", "cellar"] }

    func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        guard let room = try message.string("to") else { return .handled }
        context.join(room == "hall" ? "hall" : "cellar")
        context.announce("moved", ["to": room])
        return .handled
    }
}

/// Tells everyone what is for one user.
struct Megaphone: Handler {
    static let name = "megaphone"
    static let summary = "Whispers loudly."
    static let types: MessageTypes = Hoarder.types
    static let sends = [MessageForm("whisper", to: .user, "", ["text": .string("")])]

    init() {}

    func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        context.announce("whisper", ["text": "psst"])
        return .handled
    }
}

/// Whispers to one user, as it says.
struct Whisper: Handler {
    static let name = "whisper"
    static let summary = "Whispers to whoever came first."
    static let types: MessageTypes = Hoarder.types
    static let sends = Megaphone.sends

    init() {}

    func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        for user in context.users.first(1) { context.send("whisper", ["text": "psst"] as JSONMembers, to: user) }
        return .handled
    }
}

/// Shows private messages, or their receipts, to whoever came first.
struct Wiretap: Handler {
    static let name = "wiretap"
    static let summary = "Sends private messages, and listens."
    static let types: MessageTypes = [MessageForm("tell", "", ["to_id": .id("")])]

    @Setting("What it shows.") var shows = "message"

    init() {}

    func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        guard let id = try message.id("to_id"), let receiver = context.users[id] else { return .handled }
        context.sendPrivately(to: receiver, "psst")
        for user in context.users.first(1) {
            if shows == "message" { context.send("private_message", "psst", to: user) }
            if shows == "receipt" { context.send("private_message_sent", "psst", to: user) }
        }
        return .handled
    }
}

/// A filter that says more than it says it does.
struct Chatterer: Handler {
    static let name = "chatterer"
    static let summary = "Comments on messages."
    static let types = MessageTypes.passing("message")

    init() {}

    func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        context.reply("comment", ["text": "well said"] as JSONMembers)
        return .pass
    }
}

/// Does not say to whom it sends what it sends.
struct Vague: Handler {
    static let name = "vague"
    static let summary = "Answers somebody."
    static let types: MessageTypes = Hoarder.types
    static let sends: [MessageForm] = ["told"]

    init() {}

    func handle(_ message: inout Message, _ context: inout Context) throws -> Flow { .handled }
}
