import Foundation

/// What a frame says, read by Foundation: the tests do not read with the code that they check.
public struct Said {
    public let json: [String: Any]
    public let text: String

    public init(_ text: String) throws {
        guard let json = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] else {
            throw CocoaError(.propertyListReadCorrupt)
        }
        self.json = json
        self.text = text
    }

    public subscript(_ name: String) -> Any? { json[name] }
    public var type: String { json["type"] as? String ?? "" }
    public var content: [String: Any] { json["content"] as? [String: Any] ?? [:] }
    public var contentText: String? { json["content"] as? String }
    public var contentList: [[String: Any]] { json["content"] as? [[String: Any]] ?? [] }
    public var id: Int { json["id"] as? Int ?? 0 }
    public var ref: String? { json["ref"] as? String }
    /// `content.code` of an error.
    public var code: String? { content["code"] as? String }
    public var names: Set<String> { Set(json.keys) }
}
