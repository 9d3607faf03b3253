import HandlerKit
import HandlerTesting
import NIOCore

/// Keeps a number for each user for ever.
struct Hoarder: Handler {
    static let name = "hoarder"
    static let summary = "Counts messages."
    static let types: MessageTypes = [MessageForm("note", "", ["text": .string("")])]
    static let sends = [MessageForm("noted", to: .sender, "", ["times": .integer("")])]
    private var timesByUser: [Int64: Int] = [:]

    init() {}

    mutating func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        timesByUser[context.sender.id, default: 0] += 1
        context.reply("noted", ["times": timesByUser[context.sender.id] ?? 0])
        return .handled
    }
}

/// Knows users by the place that the router keeps them in.
struct ByPlace: Handler {
    static let name = "by-place"
    static let summary = "Counts messages."
    static let types: MessageTypes = Hoarder.types
    static let sends = Hoarder.sends
    private var times = [Int](repeating: 0, count: 64)

    init() {}

    mutating func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        times[context.sender.slot % 64] += 1
        context.reply("noted", ["times": times[context.sender.slot % 64]])
        return .handled
    }
}

/// Knows users by their names.
struct ByName: Handler {
    static let name = "by-name"
    static let summary = "Says what was said last under a name."
    static let types: MessageTypes = Hoarder.types
    static let sends = [MessageForm("before", to: .sender, "", ["is_back": .bool("")])]
    private var names: Set<String> = []

    init() {}

    mutating func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        context.reply("before", ["is_back": !names.insert(context.sender.name).inserted])
        if names.count > 10 { names = [context.sender.name] }
        return .handled
    }
}

/// Shows everybody what somebody else has written to it.
struct Parrot: Handler {
    static let name = "parrot"
    static let summary = "Repeats the words of whoever was before."
    static let types: MessageTypes = Hoarder.types
    static let sends = [MessageForm("words", to: .sender, "", ["text": .string("")])]
    private var words = "none"

    init() {}

    mutating func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        context.reply("words", ["text": words])
        if let text = try message.string("text") { words = String(text.prefix(20)) }
        return .handled
    }
}

/// Takes for granted what clients send.
struct Brittle: Handler {
    struct TooLong: Error {}
    static let name = "brittle"
    static let summary = "Fails on long texts."
    static let types: MessageTypes = Hoarder.types

    init() {}

    func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        if try message.string("text")?.count ?? 0 > 100 { throw TooLong() }
        return .handled
    }
}

/// Holds posts back, and posts them the other way round.
struct Shuffler: Handler {
    static let name = "shuffler"
    static let summary = "Posts two at a time."
    static let types: MessageTypes = Hoarder.types
    static let sends = [MessageForm("note", to: .room, "", content: .string(""))]
    private var held: JSONRaw?

    init() {}

    mutating func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        guard let text = try message.text("text") else { return .handled }
        guard let other = held else {
            held = text
            return .handled
        }
        context.post("note", text)
        context.post("note", other)
        held = nil
        return .handled
    }
}

/// Does not say what it sends, says it wrongly, or sends what is no frame.
struct Liar: Handler {
    static let name = "liar"
    static let summary = "Sends other frames than it says."
    static let types: MessageTypes = [MessageForm("note", "", ["kind": .string("")])]
    static let sends = [MessageForm("noted", to: .sender, "", ["times": .integer(""), "more": .optional(.bool(""))])]

    @Setting("Which lie it tells.") var lie = "type"

    init() {}

    func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        switch lie {
        case "type": context.reply("told", ["times": 1])
        case "kind": context.reply("noted", ["times": "1"])
        case "missing": context.reply("noted", ["more": true])
        case "more": context.reply("noted", ["times": 1, "less": 1])
        case "twice": context.reply("noted", ["times": 1] as JSONMembers, adding: ["content": 1])
        case "ref": context.reply("noted", ["times": 1] as JSONMembers, adding: ["ref": 1])
        default: context.reply("noted", ["times": 1])
        }
        return .handled
    }
}

/// Says of itself and its settings what is not so.
struct Misdeclared: Handler {
    static let name = "Mis_declared"
    static let summary = "No full stop"
    static let types: MessageTypes = []

    @Setting("A word.") var word = OddWord(text: "a b")
    @Setting("No full stop") var maxLength = 1
    // swift-format-ignore: AlwaysUseLowerCamelCase, because the name is the fault
    @Setting("The same name.") var max_length = 1
    @Setting("Hidden.") var types = 1
    @Setting("Anything at all.") var loose = Loose()

    init() {}
}

/// Can't be read as it is written.
struct OddWord: SettingValue {
    let text: String
    static var expected: String { "a word" }
    static var kind: SettingKind { .text }
    var settingText: String { text }
    init(text: String) { self.text = text }
    init?(setting: SettingInput) {
        guard case .scalar(let text, _) = setting, !text.contains(" ") else { return nil }
        self.text = text
    }
}

/// Says that it is a number, and takes everything.
struct Loose: SettingValue {
    static var expected: String { "a whole number" }
    static var kind: SettingKind { .integer }
    var settingText: String { "1" }
    init() {}
    init?(setting: SettingInput) {}
}

/// Fails on whole frames of three bytes.
struct FrameBreaker: Handler {
    struct Odd: Error {}
    static let name = "frame-breaker"
    static let summary = "Fails now and then."
    static let types = MessageTypes.frames

    init() {}

    func handle(_ frame: Frame, _ context: inout Context) throws {
        if frame.payload.readableBytes == 3 { throw Odd() }
        context.send(frame)
    }
}

/// A filter that breaks what it looks at.
struct BadFilter: Handler {
    struct Odd: Error {}
    static let name = "bad-filter"
    static let summary = "Fails on texts with a bracket."
    static let types = MessageTypes.passing("message")

    init() {}

    func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        if try message.string("content")?.contains("<") == true { throw Odd() }
        return .pass
    }
}

/// Waits, and keeps what it waited for.
struct SlowHoarder: AsyncHandler {
    static let name = "slow-hoarder"
    static let summary = "Waits, and keeps everything."
    static let types: MessageTypes = Hoarder.types
    private var answers: [String] = []

    init() {}

    func work(for message: Message, _ context: borrowing Context) throws -> Work<String> {
        guard let text = try message.string("text") else { throw Rejection.invalidMessage }
        return .waiting { text }
    }

    mutating func handle(_ message: inout Message, _ answer: String, _ context: inout Context) throws -> Flow {
        answers.append(answer)
        return .handled
    }
}
