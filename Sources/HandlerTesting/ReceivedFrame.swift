import Foundation

/// A frame as its client gets it, read by Foundation: tests do not read with the code that they check.
public struct ReceivedFrame {
    public let text: String
    /// Empty for what is no JSON object.
    public let json: [String: Any]

    /// - Throws: when it is no JSON object.
    package init(_ text: String) throws {
        guard let json = Self.object(text) else { throw CocoaError(.propertyListReadCorrupt) }
        self.json = json
        self.text = text
    }

    init(whatever text: String) {
        self.text = text
        json = Self.object(text) ?? [:]
    }

    private static func object(_ text: String) -> [String: Any]? {
        (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any]
    }

    /// A member at the top: `frame["room"] as? String`.
    public subscript(_ name: String) -> Any? { json[name] }
    public var type: String { json["type"] as? String ?? "" }
    /// `content`, when it is an object; empty otherwise.
    public var content: [String: Any] { json["content"] as? [String: Any] ?? [:] }
    public var contentText: String? { json["content"] as? String }
    public var contentList: [[String: Any]] { json["content"] as? [[String: Any]] ?? [] }
    /// Of a post or private message; 0 for others.
    public var id: Int { json["id"] as? Int ?? 0 }
    public var ref: String? { json["ref"] as? String }
    /// `content.code` of an error.
    public var code: String? { content["code"] as? String }
    public var names: Set<String> { Set(json.keys) }
}
