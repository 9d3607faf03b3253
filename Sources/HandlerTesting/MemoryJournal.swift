import NIOConcurrencyHelpers
import NIOCore
import RouterCore

/// A journal whose disk is memory: what is committed stays when the router goes, and what is not is forgotten.
package final class MemoryJournal: Journal {
    private let state = NIOLockedValueBox(State())
    private let rooms: [String]

    private struct State {
        var rows: [Row] = []
        var keys: [(session: Int64, key: JournalKey)] = []
        var sessions: [Int64: SessionRecord] = [:]
        var (lastUser, lastMessage): (Int64, Int64) = (0, 0)
        var failure: JournalFailure?
        var readFailure: JournalFailure?
        var isSlow = false
        var waiting: [(group: JournalGroup, done: @Sendable (JournalFailure?) -> Void)] = []
        var committed = 0
        var pagesRead = 0
    }

    private struct Row {
        let row: JournalRow
        /// Of a private message; 0 for a post.
        let receiver: Int64
    }

    /// - Parameter rooms: in the order of the configuration.
    package init(rooms: [String]) { self.rooms = rooms }

    /// The disk refuses everything with this, until it is nil.
    package var failure: JournalFailure? {
        get { state.withLockedValue { $0.failure } }
        set { state.withLockedValue { $0.failure = newValue } }
    }

    /// Nothing can be read, until it is nil.
    package var readFailure: JournalFailure? {
        get { state.withLockedValue { $0.readFailure } }
        set { state.withLockedValue { $0.readFailure = newValue } }
    }

    /// Whether groups wait until `sync`.
    package var isSlow: Bool {
        get { state.withLockedValue { $0.isSlow } }
        set { state.withLockedValue { $0.isSlow = newValue } }
    }

    /// Groups that were committed.
    package var committed: Int { state.withLockedValue { $0.committed } }

    /// Pages of rooms that were read.
    package var pagesRead: Int { state.withLockedValue { $0.pagesRead } }

    /// Commits what waits.
    ///
    /// - Returns: whether there was something.
    @discardableResult
    package func sync() -> Bool {
        let waiting = state.withLockedValue { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        for (group, done) in waiting { done(write(group)) }
        return !waiting.isEmpty
    }

    /// Posts up to an id are removed.
    package func prune(upTo id: Int64) { state.withLockedValue { $0.rows.removeAll { $0.row.id <= id } } }

    /// The machine stops: what waits is lost, and nobody is told.
    package func crash() { state.withLockedValue { $0.waiting = [] } }

    /// What a router finds that opens it.
    package func contents(mostPosts: Int = 1_000) -> JournalContents {
        state.withLockedValue { state in
            var contents = JournalContents()
            contents.ids = IdSource(lastUser: state.lastUser, lastMessage: state.lastMessage)
            contents.newest = rooms.map { room in
                Array(state.rows.filter { $0.row.room == room }.suffix(mostPosts)).map(\.row)
            }
            contents.sessions = state.sessions.values.sorted { $0.id < $1.id }
            return contents
        }
    }

    // MARK: - Journal

    package func commit(_ group: JournalGroup, _ done: @escaping @Sendable (JournalFailure?) -> Void) {
        let waits = state.withLockedValue { state in
            if state.isSlow { state.waiting.append((group, done)) }
            return state.isSlow
        }
        if !waits { done(write(group)) }
    }

    private func write(_ group: JournalGroup) -> JournalFailure? {
        state.withLockedValue { state in
            if let failure = state.failure { return failure }
            for entry in group.entries { write(entry, of: group, to: &state) }
            for session in group.sessions { state.sessions[session.id] = session }
            for session in group.forgotten { state.sessions[session] = nil }
            if let user = group.lastUser { state.lastUser = user }
            if group.isLast { state.lastMessage = 0 }
            state.lastMessage = max(state.lastMessage, group.lastMessage ?? 0, group.entries.last?.id ?? 0)
            state.committed += 1
            return nil
        }
    }

    private func write(_ entry: JournalGroup.Entry, of group: JournalGroup, to state: inout State) {
        func bytes(_ range: Range<Int>) -> ByteBuffer { ByteBuffer(bytes: group.bytes.readableBytesView[range]) }
        var (room, receiver, receiverName): (String?, Int64, ByteBuffer) = (nil, 0, ByteBuffer())
        switch entry.target {
        case .room(let number): room = rooms[number]
        case .user(let id, let name): (receiver, receiverName) = (id, bytes(name))
        }
        if let content = entry.content {
            let row = JournalRow(
                id: entry.id, timestamp: entry.timestamp, type: "\(entry.type)", sender: entry.sender,
                senderName: bytes(entry.senderName), room: room, content: bytes(content))
            state.rows.append(Row(row: row, receiver: receiver))
        }
        guard let key = entry.key else { return }
        let kept = JournalKey(
            key: String(buffer: bytes(key.text)), digest: key.digest, id: entry.id, timestamp: entry.timestamp,
            receiver: receiver == 0 ? nil : receiver, receiverName: receiverName)
        state.keys.append((entry.sender, kept))
    }

    package func page(
        of room: String, before: Int64, limit: Int, maxBytes: Int
    ) async throws(JournalFailure) -> [JournalRow] {
        state.withLockedValue { $0.pagesRead += 1 }
        if let readFailure { throw readFailure }
        let rows = read { $0.rows.map(\.row).filter { $0.room == room && $0.id < before } }
        return Self.fitting(rows.reversed(), limit, maxBytes).reversed()
    }

    package func count(_ missed: Missed, most: Int) async throws(JournalFailure) -> Int? {
        if let readFailure { throw readFailure }
        return min(rows(of: missed).count, most + 1)
    }

    package func page(of missed: Missed, limit: Int, maxBytes: Int) async throws(JournalFailure) -> [JournalRow]? {
        if let readFailure { throw readFailure }
        return Self.fitting(rows(of: missed), limit, maxBytes)
    }

    package func keys(of session: Int64, limit: Int) async throws(JournalFailure) -> [JournalKey] {
        Array(read { $0.keys.filter { $0.session == session }.map(\.key) }.reversed().prefix(limit))
    }

    package func close() async {}

    package var place: String { "in memory" }

    private func read<Result>(_ body: (borrowing State) -> Result) -> Result { state.withLockedValue { body($0) } }

    private func rows(of missed: Missed) -> [JournalRow] {
        read { $0.rows }.filter { row in
            guard row.row.id > missed.after, row.row.id <= missed.upTo else { return false }
            guard let room = row.row.room else { return row.receiver == missed.user }
            return row.row.sender != missed.user
                && missed.stays.contains {
                    $0.room == room && $0.after < row.row.id && row.row.id <= ($0.upTo ?? .max)
                }
        }.map(\.row)
    }

    /// The first of them, and no more than fit; but one always.
    private static func fitting(_ rows: [JournalRow], _ limit: Int, _ maxBytes: Int) -> [JournalRow] {
        var size = 0
        var fitting: [JournalRow] = []
        for row in rows.prefix(limit) {
            size += row.senderName.readableBytes + row.content.readableBytes
            if size > maxBytes, !fitting.isEmpty { break }
            fitting.append(row)
        }
        return fitting
    }
}
