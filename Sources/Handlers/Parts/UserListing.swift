import HandlerKit

/// The users that `users` shows (P7), encoded once for all who ask.
///
/// Ids rise, so whoever comes is written behind those listed, as long as there is room. After a change of those who
/// were there it is written anew, when somebody next asks.
package struct UserListing {
    private var list = JSONList()
    private var lastID: Int64 = 0
    /// What the users' was when the list was true.
    private var revision = 0

    package init() {}

    /// The array of the first users by id.
    ///
    /// - Parameter limit: the most users in it, 1 or more.
    package mutating func array(of users: Users, limit: Int) -> JSONRaw {
        if revision != users.revision || list.count > limit {
            list.removeAll()
            revision = users.revision
        }
        let missing = users.first(limit, from: list.count)
        guard let last = missing.last else { return list.text }
        list.append { writer in
            for user in missing { Self.write(user, to: &writer) }
            return missing.count
        }
        lastID = last.id
        return list.text
    }

    /// Somebody has just left: the list stays true unless it shows that one. Without anybody it is not kept.
    package mutating func left(_ user: User, of users: Users) {
        if user.id > lastID, revision == users.revision - 1 { revision = users.revision }
        if users.count == 0 { self = UserListing() }
    }

    /// A user as `users` shows one.
    private static func write(_ user: User, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("id")
        writer.integer(user.id)
        writer.key("name")
        writer.string(user.name)
        writer.key("connected_at")
        writer.integer(user.connectedAt)
        writer.endObject()
    }
}
