import HandlerKit
import NIOCore
import NIOConcurrencyHelpers

/// Posts the content.
struct Post: Handler {
    static let name = "post"
    static let summary = ""
    static let types: MessageTypes = ["post"]
    func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        if let content = try message.text("content") { context.post("post", content) }
        return .handled
    }
}

/// Says who it is, and passes on.
struct First: Handler {
    static let name = "first"
    static let summary = ""
    static let types = MessageTypes.all
    var announcedLimits: JSONMembers { ["first": 1] }
    func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        context.reply("seen", ["by": "first"])
        return .pass
    }
}

/// The same, for two types only.
struct Second: Handler {
    static let name = "second"
    static let summary = ""
    static let types = MessageTypes.passing("post", "fail")
    var announcedLimits: JSONMembers { ["second": 2] }
    func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        context.reply("seen", ["by": "second"])
        return .pass
    }
}

/// Asks for one effect of each kind, and then fails in the way that the message says.
struct Fail: Handler {
    struct Broken: Error {}
    static let name = "breaks"
    static let summary = ""
    static let types: MessageTypes = ["fail"]
    func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        guard let content = try message.text("content") else { return .handled }
        context.rename(to: "Somebody")
        context.reply("half", ["way": true])
        context.announce("half", ["way": true])
        context.post("half", content)
        context.sendPrivately(to: context.sender, content)
        switch try message.string("how") {
        case "forbidden": throw Rejection(.forbidden, "No", retryAfterMilliseconds: 7)
        case "closing": throw Rejection(.rateLimited, "Enough", closing: .init(limit: 3, actual: 4))
        case "broken": throw Broken()
        default: return .handled
        }
    }
}

/// Counts the messages of each session; forgets nothing itself.
struct Count: Handler {
    static let name = "count"
    static let summary = ""
    static let types: MessageTypes = ["count"]
    private var counts = PerSession(0)
    init() {}
    mutating func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        counts[context.sender] += 1
        context.reply("count", ["count": counts[context.sender]])
        return .handled
    }
}

/// Takes whole frames; a text "break" breaks it half-way.
struct Mirror: Handler {
    static let name = "mirror"
    static let summary = ""
    static let types = MessageTypes.frames
    func handle(_ frame: Frame, _ context: inout Context) throws {
        context.send(frame)
        if frame.isBreak { throw Fail.Broken() }
    }
}

extension Frame {
    fileprivate var isBreak: Bool { String(buffer: payload) == "break" }
}

/// Says that it answers messages, and passes them on.
struct Shrug: Handler {
    static let name = "shrug"
    static let summary = ""
    static let types: MessageTypes = ["shrug"]
}

/// Notes who left, and would tell the others. For one test only: what it notes is everybody's.
struct Witness: Handler {
    static let name = "witness"
    static let summary = ""
    static let types: MessageTypes = ["witness"]
    static let left = NIOLockedValueBox<[Int64]>([])
    func left(_ context: inout Context) {
        Self.left.withLockedValue { $0.append(context.sender.id) }
        context.announce("gone", [:], from: .system)
    }
}

/// Keeps a list that grows with every message, sends it to all who ask, and says where it stands in memory.
struct Lister: Handler {
    static let name = "lister"
    static let summary = ""
    static let types: MessageTypes = ["list"]
    private var list = JSONList()

    mutating func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        let more = list.count == 0 ? 1_200 : 1  // of 2 bytes each, so that there is storage for more
        list.append { writer in
            for _ in 0..<more { writer.integer(1) }
            return more
        }
        let place = list.text.withBytes { Int(bitPattern: $0.baseAddress) }
        context.reply("list", sharing: list.text, adding: ["place": place])
        return .handled
    }
}
