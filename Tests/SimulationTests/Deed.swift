import Seeds

/// Something that a client sent, and all that is to be known to judge the answer.
struct Deed {
    enum Kind: Equatable {
        /// A post, in a room or in that which was joined last.
        case say(String, room: String?, isImage: Bool)
        case whisper(String, to: Int)
        case rename(String)
        case type(Bool)
        case join(String, stay: Bool)
        case leave(String?)
        case askUsers, askStats, askRooms
        case askHistory(String?, before: Int?, limit: Int?)
        /// No JSON, or no message.
        case nonsense(String)
        case unknown(String)
        case tooLarge(Int)
        case binary
    }

    let kind: Kind
    let step: Int
    /// As it stands in the message: a number, or a text without its quotes.
    var ref: String?
    var key: String?
    /// What it asks of the handler that makes trouble.
    var trouble: String?
    /// The newest posts that the client had seen of each room when it sent this.
    var seen: [String: Int] = [:]

    /// What is sent; nil for what is no text message of its own making.
    var text: String? {
        switch kind {
        case .say(let content, let room, let isImage):
            message(
                isImage ? "image" : "message",
                [(isImage ? "url" : "content", quoted(content)), ("room", room.map(quoted))])
        case .whisper(let content, let to):
            message("private_message", [("to_id", "\(to)"), ("content", quoted(content))])
        case .rename(let name): message("set_name", [("name", quoted(name))])
        case .type(let isTyping): message("typing", [("is_typing", "\(isTyping)")])
        case .join(let room, let stay): message("join_room", [("room", quoted(room)), ("stay", stay ? "true" : nil)])
        case .leave(let room): message("leave_room", [("room", room.map(quoted))])
        case .askUsers: message("get_users", [])
        case .askStats: message("get_stats", [])
        case .askRooms: message("get_rooms", [])
        case .askHistory(let room, let before, let limit):
            message(
                "get_history",
                [("room", room.map(quoted)), ("before", before.map(String.init)), ("limit", limit.map(String.init))])
        case .unknown(let type): message(type, [])
        case .nonsense(let text): text
        case .tooLarge, .binary: nil
        }
    }

    /// A message that is too large even when it is compressed: then it is inflated as it comes.
    static let lettersLength = 20_000
    private static let letters: [UInt8] = {
        var random = Seeded(1)
        return (0..<lettersLength).map { _ in UInt8.random(in: 0x20...0x7E, using: &random) }
    }()

    /// The message's bytes.
    var bytes: [UInt8] {
        switch kind {
        case .tooLarge(Self.lettersLength): Self.letters
        case .tooLarge(let count): [UInt8](repeating: UInt8(ascii: "x"), count: count)
        case .binary: Array("binary".utf8)
        default: Array((text ?? "").utf8)
        }
    }

    private func message(_ type: String, _ members: [(String, String?)]) -> String {
        let ref = ref.map { Int($0) == nil ? quoted($0) : $0 }
        let all =
            [("type", quoted(type))] + members + [
                ("ref", ref), ("key", key.map(quoted)), ("trouble", trouble.map(quoted)),
            ]
        return "{" + all.compactMap { name, value in value.map { "\"\(name)\":\($0)" } }.joined(separator: ",") + "}"
    }

    private func quoted(_ text: String) -> String { "\"\(text)\"" }

    /// What may come in place of what it asks for.
    var refusals: Set<String> {
        var codes: Set<String> =
            switch kind {
            case .say: ["rate_limited", "not_in_room"]
            case .whisper: ["rate_limited", "user_not_found"]
            case .rename: ["rate_limited", "invalid_name"]
            case .type: []
            case .join: ["rate_limited", "room_not_found"]
            case .leave, .askHistory: ["rate_limited", "not_in_room"]
            case .askUsers, .askStats, .askRooms: ["rate_limited"]
            case .nonsense: ["invalid_message"]
            case .unknown: ["unknown_type"]
            case .tooLarge: ["message_too_large"]
            case .binary: []
            }
        if trouble == "throw" { codes.insert("internal_error") }
        if trouble == "wait" { codes.formUnion(["internal_error", "unavailable"]) }
        if case .askHistory = kind, trouble == "archive" { codes.formUnion(["internal_error", "unavailable"]) }
        return codes
    }

    /// What is said, to whomever.
    var said: String? {
        switch kind {
        case .say(let content, _, _), .whisper(let content, _): content
        default: nil
        }
    }

    /// Whether it leads to something with an id.
    var isNumbered: Bool { said != nil }

    /// What can only be refused.
    var isFault: Bool {
        switch kind {
        case .nonsense, .unknown, .tooLarge: true
        default: trouble == "throw"
        }
    }
}
