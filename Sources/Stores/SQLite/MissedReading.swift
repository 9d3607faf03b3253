import GRDB
import RouterCore

/// Where in the file that is what somebody has missed.
struct MissedReading {
    static let posts = """
        SELECT \(Page.postColumns) FROM posts WHERE place > ? AND place <= ? AND sender <> ? ORDER BY place
        """
    static let privateMessages = """
        SELECT \(Page.privateColumns) FROM private_messages
        WHERE receiver = ? AND id > ? AND id <= ? AND content IS NOT NULL ORDER BY id
        """
    static let postCount = """
        SELECT count(*) FROM (
            SELECT 1 FROM posts WHERE place > ? AND place <= ? AND sender <> ? LIMIT ?)
        """
    static let privateCount = """
        SELECT count(*) FROM (
            SELECT 1 FROM private_messages WHERE receiver = ? AND id > ? AND id <= ? AND content IS NOT NULL LIMIT ?)
        """

    /// Posts of a room behind the place `after` and up to `upTo`.
    private struct Stretch {
        let name: String
        let after: Int64
        let upTo: Int64
    }

    private let missed: Missed
    private let stretches: [Stretch]
    private let database: Database

    /// Nil when some of it may be pruned.
    init?(_ missed: Missed, _ database: Database) throws {
        (self.missed, self.database) = (missed, database)
        let pruned = try Int64.fetchOne(database, sql: "SELECT private_pruned_up_to FROM meta") ?? 0
        if pruned > missed.after && missed.upTo > missed.after { return nil }
        var stretches: [Stretch] = []
        for (name, stays) in Dictionary(grouping: missed.stays, by: \.room) {
            guard let room = try RoomRow.named(name, database) else { continue }
            for (after, upTo) in Self.joined(stays, missed) {
                if room.prunedUpTo > after { return nil }
                let (start, end) = (Place.of(after, in: room.id), Place.of(upTo, in: room.id))
                stretches.append(Stretch(name: name, after: start, upTo: end))
            }
        }
        self.stretches = stretches
    }

    /// What stays in one room come to, without overlaps, which would bring posts twice.
    private static func joined(_ stays: [SessionRecord.Stay], _ missed: Missed) -> [(after: Int64, upTo: Int64)] {
        let all = stays.map { (after: max($0.after, missed.after), upTo: min($0.upTo ?? .max, missed.upTo)) }
        var joined: [(after: Int64, upTo: Int64)] = []
        for stay in all.sorted(by: { $0.after < $1.after }) where stay.after < stay.upTo {
            if let last = joined.last, stay.after <= last.upTo {
                joined[joined.count - 1].upTo = max(last.upTo, stay.upTo)
            } else {
                joined.append(stay)
            }
        }
        return joined
    }

    /// - Returns: one more than `most` when there are more.
    func count(most: Int) throws -> Int {
        let end = Int64(most) + 1
        var count: Int64 = 0
        for stretch in stretches where count < end {
            count += try self.count(
                Rows(database, Self.postCount, stretch.after, stretch.upTo, missed.user, end - count))
        }
        if count < end {
            count += try self.count(
                Rows(database, Self.privateCount, missed.user, missed.after, missed.upTo, end - count))
        }
        return Int(count)
    }

    private func count(_ rows: Rows) throws -> Int64 { try rows.next() ? rows.number(0) : 0 }

    /// The first of all, by id: rooms and private messages are each in order already.
    func page(limit: Int, maxBytes: Int) throws -> [JournalRow] {
        var sources = try self.sources()
        var page = Page(limit: limit, maxBytes: maxBytes)
        while let next = sources.indices.min(by: { sources[$0].rows.number(0) < sources[$1].rows.number(0) }) {
            if !page.add(sources[next].rows, room: sources[next].room) { break }
            if try !sources[next].rows.next() { sources.remove(at: next) }
        }
        return page.rows
    }

    /// Each at its first row.
    private func sources() throws -> [(rows: Rows, room: String?)] {
        var sources: [(rows: Rows, room: String?)] = try stretches.map { stretch in
            (try Rows(database, Self.posts, stretch.after, stretch.upTo, missed.user), stretch.name)
        }
        sources.append((try Rows(database, Self.privateMessages, missed.user, missed.after, missed.upTo), nil))
        return try sources.filter { try $0.rows.next() }
    }
}
