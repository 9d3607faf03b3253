/// What holds in every conversation, whatever its script says: everyone sees the posts in the same order (P34).
///
/// Each connection gets the ids of others' posts and private messages in increasing order, and a post's frame is the
/// same for everyone; so no two can see two posts in different orders.
struct PostOrder {
    private var posts: [Int: String] = [:]
    private var latest: [String: Int] = [:]

    mutating func check(_ frame: ServerFrame, of client: String) throws {
        guard case .text(let text) = frame, let (type, id) = Self.post(text) else { return }
        if let before = latest[client], before >= id {
            throw ScriptFault("\(client): expected an id above \(before), got \(text)")
        }
        latest[client] = id
        guard type != "private_message" else { return }
        guard posts.updateValue(text, forKey: id) ?? text == text else {
            throw ScriptFault("\(client): got another post with id \(id) than somebody else: \(text)")
        }
    }

    private static func post(_ text: String) -> (type: String, id: Int)? {
        guard text.hasPrefix("{"), case .object(let members, _) = try? JSONPattern(text, placeholders: false),
            case .string(let type) = members.first?.value, ["message", "image", "private_message"].contains(type),
            case .number(let digits) = members.first(where: { $0.key == "id" })?.value, let id = Int(digits)
        else { return nil }
        return (type, id)
    }
}
