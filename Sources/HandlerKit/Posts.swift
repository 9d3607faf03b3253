/// A message that a room has taken and numbered.
public struct Post: Sendable {
    /// Above that of every post and private message before (P33).
    public let id: Int64
    public let type: StaticString
    public let room: String
    public let content: JSONRaw

    package init(id: Int64, type: StaticString, room: String, content: JSONRaw) {
        (self.id, self.type, self.room, self.content) = (id, type, room, content)
    }
}

/// A post as it is read again later.
public struct KeptPost: Sendable {
    public let id: Int64
    public let type: String
    /// The sender's name at that time, as JSON.
    public let sender: JSONRaw
    public let senderID: Int64
    public let content: JSONRaw
    /// Unix seconds.
    public let timestamp: Int64

    public init(id: Int64, type: String, sender: JSONRaw, senderID: Int64, content: JSONRaw, timestamp: Int64) {
        (self.id, self.type, self.sender) = (id, type, sender)
        (self.senderID, self.content, self.timestamp) = (senderID, content, timestamp)
    }
}

/// Where a room's posts are read again: a window in memory, or a store.
public protocol PostArchive {
    /// A page of a room's posts, oldest first: the newest of those there are now with an id below `before`. At most
    /// `limit` posts and `maxBytes` of names and contents, but one post always.
    func page(of room: String, before: Int64, limit: Int, maxBytes: Int) -> Work<[KeptPost]>
    /// At least the id of the room's newest post, 0 without any: while it stays, so does the page of the newest.
    func newest(in room: String) -> Int64
}
