import HandlerKit

/// Posts as `history` shows them (P35): oldest first, and of too many for one frame the newest.
struct HistoryPage: JSONWritable {
    /// The most bytes of a `history` frame, unless a single post is longer by itself.
    static let maxBytes = 256 << 10
    /// More than a frame has around its posts, and than a post has around its names and content.
    private static let bytesAroundAll = 512
    private static let bytesAroundPost = 160

    let posts: ArraySlice<KeptPost>

    init(_ all: [KeptPost]) {
        var left = Self.maxBytes - Self.bytesAroundAll
        let tooMany = all.lastIndex { post in
            left -= Self.bytes(of: post)
            return left < 0
        }
        posts = all[min(tooMany.map { $0 + 1 } ?? 0, max(0, all.count - 1))...]
    }

    private static func bytes(of post: KeptPost) -> Int {
        bytesAroundPost + post.type.utf8.count + post.sender.withBytes { $0.count }
            + post.content.withBytes { $0.count }
    }

    func write(to writer: inout JSONWriter) {
        writer.beginArray()
        for post in posts { write(post, to: &writer) }
        writer.endArray()
    }

    private func write(_ post: KeptPost, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("id")
        writer.integer(post.id)
        writer.key("type")
        writer.string(post.type)
        writer.key("sender")
        post.sender.write(to: &writer)
        writer.key("sender_id")
        writer.integer(post.senderID)
        writer.key("content")
        post.content.write(to: &writer)
        writer.key("timestamp")
        writer.integer(post.timestamp)
        writer.endObject()
    }
}

/// The page of a room's newest posts, encoded once for all who join before there is another post.
struct ShownPage {
    struct Key: Equatable {
        let room: String
        /// The id of the newest post.
        let newest: Int64
        let limit: Int
    }

    var key = Key(room: "", newest: 0, limit: 0)
    /// Posts that it was made of.
    var count = 0
    var text = JSONRaw(verbatim: [])

    func isPage(of posts: [KeptPost], in room: String) -> Bool {
        key.room == room && key.newest == posts.last?.id && count == posts.count
    }
}
