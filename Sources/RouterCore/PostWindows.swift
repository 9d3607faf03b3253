import HandlerKit
import JSONWire
import NIOCore

/// The latest posts of every room, in memory.
final class PostWindows: PostArchive {
    /// Behind a pointer, so that no post pays for a check for exclusive access: only the router's loop ever calls.
    let windows: UnsafeMutableBufferPointer<PostWindow>
    private let numbers: [String: Int]
    /// Where older posts are read.
    private let journal: (any Journal)?
    /// Posts with higher ids wait for the journal.
    var newestCommitted = Int64.max
    /// By room: up to which id everything was forgotten when that began.
    private var marks: [Int64] = []
    /// Whether somebody has looked at such posts.
    var hasShownPledged = false
    /// Whether somebody is to be shown such posts as the journal has them: once it does.
    var awaitsPledged = false

    init(rooms: [String], maxPosts: Int, maxBytes: Int, _ opened: OpenJournal? = nil) {
        windows = .allocate(capacity: rooms.count)
        windows.initialize(repeating: PostWindow(maxPosts: maxPosts, maxBytes: maxBytes))
        numbers = Dictionary(uniqueKeysWithValues: rooms.enumerated().map { ($1, $0) })
        journal = opened?.journal
        for (room, rows) in (opened?.contents.newest ?? []).enumerated() where room < rooms.count {
            // There may be older ones.
            let newest = maxPosts > 0 ? 0 : opened?.contents.ids.newestMessage ?? 0
            windows[room].forgetAll(upTo: rows.first.map { $0.id - 1 } ?? newest)
            windows[room].hasOlder = windows[room].forgotten > 0 && opened?.contents.whole.contains(room) != true
            for row in rows { windows[room].append(row) }
        }
    }

    deinit {
        windows.deinitialize()
        windows.deallocate()
    }

    func append(_ frame: OutgoingFrame, to room: Int) { windows[room].append(frame) }

    func page(of room: String, before: Int64, limit: Int, maxBytes: Int) -> Work<[KeptPost]> {
        guard let number = numbers[room] else { return .ready([]) }
        if let journal, let missing = windows[number].missing(limit, before: before, maxBytes: maxBytes) {
            // What is posted from here on who asks gets live.
            let before = min(before, newest(number) + 1)
            if newest(number) > newestCommitted {
                awaitsPledged = true
                return .waiting { try await journal.posts(of: room, before: before, limit: limit, maxBytes: maxBytes) }
            }
            let here = windows[number].page(before: before, limit: limit, maxBytes: maxBytes)
            let oldest = here.first?.id ?? before
            return .waiting {
                try await journal.posts(of: room, before: oldest, limit: missing.posts, maxBytes: missing.bytes) + here
            }
        }
        let page = windows[number].page(before: before, limit: limit, maxBytes: maxBytes)
        if let last = page.last, last.id > newestCommitted { hasShownPledged = true }
        return .ready(page)
    }

    func newest(in room: String) -> Int64 {
        let newest = numbers[room].map { self.newest($0) } ?? 0
        if newest > newestCommitted { hasShownPledged = true }
        return newest
    }

    /// Of those that are not in memory there may be one of that id, if there is a journal.
    private func newest(_ room: Int) -> Int64 {
        journal == nil ? windows[room].newest : max(windows[room].newest, windows[room].forgotten)
    }

    /// What is appended from here on may have to be forgotten.
    func mark() {
        marks.removeAll(keepingCapacity: true)
        for window in windows { marks.append(window.forgotten) }
    }

    /// Posts above an id are not to have been there.
    ///
    /// - Returns: the rooms that have forgotten older ones for them.
    func forget(above id: Int64) -> [Int] {
        let changed = windows.indices.filter { windows[$0].forgotten > marks[$0] }
        for room in windows.indices { windows[room].forget(above: id) }
        return changed
    }

    /// What a room could have more; nil when nothing.
    func gap(in room: Int) -> PostWindow.Gap? { windows[room].gap }

    func fill(_ room: Int, with older: [JournalRow], areAll: Bool) {
        windows[room].fill(with: older, areAll: areAll)
    }
}

extension Journal {
    /// A page of a room's posts, as whoever asks for it gets it.
    fileprivate func posts(
        of room: String, before: Int64, limit: Int, maxBytes: Int
    ) async throws(JournalFailure) -> [KeptPost] {
        try await page(of: room, before: before, limit: limit, maxBytes: maxBytes).map { KeptPost($0) }
    }

    /// Whether a room has no posts below an id.
    func hasNone(of room: String, before id: Int64) async throws(JournalFailure) -> Bool {
        try await page(of: room, before: id, limit: 1, maxBytes: 0).isEmpty
    }
}

extension KeptPost {
    fileprivate init(_ row: JournalRow) {
        self.init(
            id: row.id, type: row.type, sender: JSONRaw(verbatim: row.senderName), senderID: row.sender,
            content: JSONRaw(verbatim: row.content), timestamp: row.timestamp)
    }
}
