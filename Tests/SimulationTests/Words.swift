import Foundation
import TestSupport

/// A text frame that somebody got, read by somebody else's JSON reader.
final class Words {
    let text: String
    let type: String
    private let members: [String: Any]

    init(_ text: String) throws {
        self.text = text
        guard let members = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any],
            let type = members["type"] as? String
        else { throw FrameReader.Breach(what: "no object with a type: \(text.prefix(200))") }
        (self.members, self.type) = (members, type)
    }

    var id: Int? { members["id"] as? Int }
    var timestamp: Int? { members["timestamp"] as? Int }
    var room: String? { members["room"] as? String }
    var from: Int? { members["from_id"] as? Int }
    var fromName: String? { members["from_name"] as? String }
    var to: Int? { members["to_id"] as? Int }
    /// As it was sent, but for quotes.
    var ref: String? { members["ref"].map { "\($0)" } }
    var contentText: String? { members["content"] as? String }
    lazy var content: [String: Any] = members["content"] as? [String: Any] ?? [:]
    lazy var list: [[String: Any]] = members["content"] as? [[String: Any]] ?? []
    var code: String? { content["code"] as? String }
    /// Whether it says that a message could not be saved.
    var isUnsaved: Bool {
        type == "error" && code == "unavailable" && content["close"] == nil
            && content["retry_after_ms"] as? Int == 1_000
    }
    /// What is said, or shown.
    var said: String? { contentText ?? content["url"] as? String }

    /// Whether it is told to everybody, or to everybody in a room.
    lazy var isPublic = [
        "message", "image", "join", "leave", "user_renamed", "room_join", "room_leave", "typing",
    ].contains(type)
}

/// Reads every text once, however many get it.
final class Reading {
    /// No message refers to an earlier one, so that one is enough for all.
    let deflate = ClientDeflate()
    private var known: [String: Words] = [:]

    func words(_ text: String) throws -> Words {
        if let words = known[text] { return words }
        let words = try Words(text)
        known[text] = words
        return words
    }
}
