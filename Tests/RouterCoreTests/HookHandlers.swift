import HandlerKit
import NIOCore

/// Says what it hears.
struct Hears: Handler {
    static let name = "hears"
    static let summary = ""
    static let types: MessageTypes = ["hears"]
    static let seesPosts = true
    func entered(_ room: String, _ context: inout Context) {
        context.reply("heard", "entered \(room) \(context.rooms.members(of: room) ?? -1)")
    }
    func exited(_ room: String, _ context: inout Context) {
        context.reply("heard", "exited \(room) \(context.rooms.members(of: room) ?? -1)")
    }
    func posted(_ post: HandlerKit.Post, _ context: inout Context) {
        let content = String(buffer: post.content.text)
        context.reply("heard", "posted \(post.id) \(post.type) \(post.room) \(content)")
    }
}

/// Comes after it in every hook, and does not see posts.
struct HearsToo: Handler {
    static let name = "hears-too"
    static let summary = ""
    static let types: MessageTypes = ["hears_too"]
    func entered(_ room: String, _ context: inout Context) { context.reply("entered-too", [:]) }
    func exited(_ room: String, _ context: inout Context) { context.reply("exited-too", [:]) }
    func posted(_ post: HandlerKit.Post, _ context: inout Context) { context.reply("posted-too", [:]) }
}

/// Posts two texts, and an answer to each.
struct Relay: Handler {
    static let name = "relay"
    static let summary = ""
    static let types: MessageTypes = ["relay"]
    static let seesPosts = true
    func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        context.post("relay", "one")
        context.post("relay", "two")
        return .handled
    }
    func posted(_ post: HandlerKit.Post, _ context: inout Context) {
        guard let text = post.content.string, "\(post.type)" == "relay", !text.hasPrefix("re") else { return }
        context.post("relay", "re: \(text)")
    }
}

/// Answers each of its own posts twice.
struct Endless: Handler {
    static let name = "endless"
    static let summary = ""
    static let types: MessageTypes = ["endless"]
    static let seesPosts = true
    func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        context.post("endless", "x")
        return .handled
    }
    func posted(_ post: HandlerKit.Post, _ context: inout Context) {
        guard "\(post.type)" == "endless" else { return }
        for _ in 0..<2 { context.post("endless", "x") }
    }
}

/// Has the user with the next id closed when one leaves, up to the third.
struct Chain: Handler {
    static let name = "chain"
    static let summary = ""
    static let types: MessageTypes = ["chain"]
    func left(_ context: inout Context) {
        context.announce("left-first", ["id": context.sender.id], from: .system)
        guard context.sender.id < 3, let next = context.users[context.sender.id + 1] else { return }
        context.close(next, Rejection(.banned, "You too"))
    }
}

/// Tells who left.
struct Leaving: Handler {
    static let name = "leaving"
    static let summary = ""
    static let types: MessageTypes = ["leaving"]
    func left(_ context: inout Context) { context.announce("left-last", ["id": context.sender.id], from: .system) }
}

/// Remembers the first user, and tells it.
struct Keeper: Handler {
    static let name = "keeper"
    static let summary = ""
    static let types: MessageTypes = ["tell"]
    private var first: User?
    init() {}
    mutating func admitted(_ context: inout Context) { first = first ?? context.sender }
    func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        if let first { context.send("told", [:] as JSONMembers, to: first) }
        return .handled
    }
}

/// Speaks in the room `gaming`, and in one that there is not.
struct Herald: Handler {
    static let name = "herald"
    static let summary = ""
    static let types: MessageTypes = ["herald"]
    func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        context.announce("hear", [:], in: "gaming", adding: ["room": "gaming"])
        context.announce("hear", [:], in: "nowhere")
        context.post("note", "x", in: "gaming")
        context.post("note", "x", in: "nowhere")
        return .handled
    }
}

/// Gives a name, and then has a hook called that tells it.
struct Rechristen: Handler {
    static let name = "rechristen"
    static let summary = ""
    static let types: MessageTypes = ["rechristen"]
    static let seesPosts = true
    func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        context.rename(to: "Ada")
        context.post("x", "x")
        return .handled
    }
    func posted(_ post: HandlerKit.Post, _ context: inout Context) {
        context.reply("name", ["name": context.sender.name])
    }
}

/// Names a room that there is not.
struct Astray: Handler {
    static let name = "astray"
    static let summary = ""
    static let types: MessageTypes = ["astray"]
    func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        context.post("astray", "x", in: "nowhere")
        context.announce("astray", [:], in: "nowhere")
        context.join("nowhere")
        context.leave("nowhere")
        return .handled
    }
}
