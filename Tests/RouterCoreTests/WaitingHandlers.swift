import HandlerKit
import HandlerTesting
import NIOCore
import RouterCore
import TestSupport

/// Waits for a text, tells it to the sender, and posts what the message says.
struct Slow: AsyncHandler {
    static let name = "slow"
    static let summary = ""
    static let types: MessageTypes = ["slow"]

    func work(for message: Message, _ context: borrowing Context) throws -> Work<String> {
        switch try message.string("how") {
        case "ready": return .ready("at once")
        case "forbidden": throw Rejection(.forbidden, "No")
        case "broken": throw Fail.Broken()
        default: return .waiting { "unused" }
        }
    }

    func handle(_ message: inout Message, _ answer: String, _ context: inout Context) throws -> Flow {
        context.reply("answer", ["text": answer])
        if let content = try message.text("content") { context.post("slow", content) }
        if answer == "broken" { throw Fail.Broken() }
        if answer == "forbidden" { throw Rejection(.forbidden, "No") }
        return .handled
    }
}

/// Waits for another text for `content`, says so, and passes on.
struct Translate: AsyncHandler {
    static let name = "translate"
    static let summary = ""
    static let types = MessageTypes.passing("slow", "post")

    func work(for message: Message, _ context: borrowing Context) throws -> Work<String> { .waiting { "unused" } }

    func handle(_ message: inout Message, _ answer: String, _ context: inout Context) throws -> Flow {
        context.reply("translated", ["text": try message.string("content") ?? ""])
        message.replace("content", with: JSONRaw(verbatim: ByteBuffer(string: "\"\(answer)\"")))
        return .pass
    }
}

/// Puts another text in the place of `content`, and passes on.
struct Shout: Handler {
    static let name = "shout"
    static let summary = ""
    static let types = MessageTypes.passing("slow", "post")

    func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        context.reply("shouted", [:])
        if let text = try message.string("content") {
            message.replace("content", with: JSONRaw(verbatim: ByteBuffer(string: "\"\(text.uppercased())\"")))
        }
        return .pass
    }
}

/// Moves its sender, and others, as the message says.
struct Mover: Handler {
    static let name = "mover"
    static let summary = ""
    static let types: MessageTypes = ["join", "stay", "leave", "kick"]
    var rooms: [String] { ["general", "random", "gaming"] }

    func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        let room = try message.string("to") ?? ""
        switch message.type {
        case "join": context.join(room)
        case "stay": context.join(room, staying: true)
        case "leave": context.leave(room)
        default:
            guard let user = try message.id("id").flatMap({ context.users[$0] }) else { return .handled }
            context.close(user, Rejection(.banned, "Out"))
        }
        return .handled
    }
}

extension TestRouter {
    /// What handlers want to wait for, since this was last asked.
    func work() -> [PendingWork] {
        var work: [PendingWork] = []
        withRouter { work = $0.takeWork() }
        return work
    }

    func isHeld(_ connection: Int) -> Bool { router.isHeld(connection) }

    func abandoned() -> [WaitingTicket] {
        var tickets: [WaitingTicket] = []
        withRouter { tickets = $0.takeAbandoned() }
        return tickets
    }

    func answer(_ work: PendingWork, _ text: String = "answer") {
        withRouter { $0.finished(work.ticket, .success(text)) }
    }

    func fail(_ work: PendingWork, _ error: any Error) { withRouter { $0.finished(work.ticket, .failure(error)) } }

    func pass(_ duration: Duration) {
        clock.advance(by: duration)
        withRouter { $0.timePassed() }
    }
}

/// Tells who has gone.
struct Parting: Handler {
    static let name = "parting"
    static let summary = ""
    static let types: MessageTypes = ["parting"]
    func left(_ context: inout Context) { context.announce("gone", [:], from: .system) }
}

/// Takes everybody it has seen out of all rooms but the first, as soon as a second has passed.
struct Drag: Handler {
    static let name = "drag"
    static let summary = ""
    static let types: MessageTypes = ["drag"]
    mutating func admitted(_ context: inout Context) { context.wake(after: .seconds(1)) }
    mutating func woken(_ context: inout Context) { context.join("general") }
}
