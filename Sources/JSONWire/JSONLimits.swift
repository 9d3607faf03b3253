/// How large a document ``JSONObject/read(_:limits:utf8Checked:)`` takes; checked while the text is read, before anything is built from it.
public struct JSONLimits: Equatable, Sendable {
    /// Longest text, in bytes: 0 to 4,294,967,295. Values outside are brought into the range.
    public let maxBytes: Int
    /// Objects and arrays open at once, the root counted as 1: 1 to 64. Values outside are brought into the range.
    public let maxDepth: Int
    /// Members of objects and elements of arrays in the whole document, 0 or more.
    public let maxMembers: Int

    public init(maxBytes: Int = 10_240, maxDepth: Int = 64, maxMembers: Int = 1_024) {
        self.maxBytes = max(0, min(maxBytes, Int(UInt32.max)))
        self.maxDepth = max(1, min(maxDepth, OpenContainers.capacity))
        self.maxMembers = max(0, maxMembers)
    }

    /// For text that has been through a reader with limits already, such as a part of a ``JSONObject``.
    static let none = JSONLimits(maxBytes: .max, maxDepth: .max, maxMembers: .max)
}
