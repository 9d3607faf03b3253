import HandlerTesting
import NIOCore
import RouterCore
import Seeds

/// The disk under the journal: it outlives the server, and forgets in a crash what was not synced.
///
///     handed over ─► written ─► synced ─► the router is told
///                                 └─ from here on a group is there, whatever happens
final class SimulatedDisk {
    /// What has become of something that has an id.
    enum Standing { case underWay, durable, failed, lost }

    enum Trouble: String, CaseIterable {
        case full = "the disk is full", readOnly = "the file is read-only"
        /// What was written is there after a crash, or not; until the next group takes its place.
        case unsynced = "the file can't be synced"
    }

    private let rooms: [String]
    let plant: Planting?
    private var file = SimulatedFile()
    /// What the file says.
    private(set) var tables: MemoryJournal
    private var underWay: UnderWay?
    /// Why groups that come now fail.
    var trouble: Trouble?
    /// How many turns a group takes for each stage, about; nil for none at all.
    var pace: Int?
    private(set) var standings: [Int: Standing] = [:]
    /// The ids of the posts of each group that was ever handed over.
    private(set) var postGroups: [[Int]] = []
    private(set) var counts = Counts()
    /// Whether the last crash has left something of sessions that nobody was told of.
    private(set) var hasUnheardSessions = false
    /// What was there after a crash although its senders had been told that it could not be saved: ids, and contents.
    private(set) var revived: (ids: Set<Int>, contents: Set<String>) = ([], [])

    /// What the seeds bring about.
    struct Counts {
        var (crashes, torn, unheard, failed, revived) = (0, 0, 0, 0, 0)

        mutating func add(_ other: Self?) {
            guard let other else { return }
            (crashes, torn) = (crashes + other.crashes, torn + other.torn)
            (unheard, failed) = (unheard + other.unheard, failed + other.failed)
            revived += other.revived
        }
    }

    private struct UnderWay {
        let group: JournalGroup
        let payload: [UInt8]
        let done: @Sendable (JournalFailure?) -> Void
        let trouble: Trouble?
        var stage = Stage.handed
    }

    private enum Stage: Int { case handed, written, synced }

    init(rooms: [String], _ plant: Planting?) {
        (self.rooms, self.plant) = (rooms, plant)
        tables = MemoryJournal(rooms: rooms)
    }

    var isBusy: Bool { underWay != nil }
    /// Whether posts are under way.
    var hasPosts: Bool { underWay?.group.entries.isEmpty == false }
    /// Whether a crash may bring back what could not be saved.
    private(set) var mayRevive = false
    /// Whether the group that is under way is going to fail.
    var isFailing: Bool { underWay?.trouble != nil }

    // MARK: - Commits

    func commit(_ group: JournalGroup, _ done: @escaping @Sendable (JournalFailure?) -> Void) {
        finish()  // only a journal that lies gets another before the last is done
        let group = plant?.kept(of: group) ?? group
        postGroups.append(group.entries.compactMap { if case .room = $0.target { Int($0.id) } else { nil } })
        underWay = UnderWay(group: group, payload: GroupRecord.bytes(of: group), done: done, trouble: trouble)
        note(.underWay)
        if pace == nil { finish() } else if trouble == nil, plant?.saysSaved() == true { done(nil) }
    }

    /// Goes on with what is under way, or not.
    func turn(_ random: inout Seeded) {
        let pace = pace ?? 1
        repeat {
            if pace == 1 || random.chance(pace) { goOn(room: random.next()) }
        } while pace == 1 && isBusy && !random.chance(4)
    }

    /// Brings what is under way to its end.
    func finish() { while isBusy { goOn(room: 0) } }

    private func goOn(room: UInt64) {
        guard let current = underWay else { return }
        switch (current.stage, current.trouble) {
        case (.handed, .unsynced?):
            let isInVain = plant?.keepsUnsynced(current.group) != true
            file.append(current.payload, isInVain: isInVain)
            underWay?.stage = .written
            mayRevive = isInVain && !current.group.entries.isEmpty
        case (.written, let trouble?): end(.failed, JournalFailure(trouble.rawValue))
        case (.handed, let trouble?):
            if trouble == .full { file.append(current.payload, room: Int(room % UInt64(current.payload.count + 12))) }
            end(.failed, JournalFailure(trouble.rawValue))
        case (.handed, nil):
            file.append(current.payload)
            underWay?.stage = .written
            mayRevive = false
        case (.written, nil):
            file.sync()
            underWay?.stage = .synced
            note(.durable)
            tables.commit(current.group) { _ in }
        case (.synced, _): end(.durable, nil)
        }
    }

    private func note(_ standing: Standing) {
        for entry in underWay?.group.entries ?? [] { standings[Int(entry.id)] = standing }
    }

    private func end(_ standing: Standing, _ failure: JournalFailure?) {
        guard let ended = underWay else { return }
        note(standing)
        underWay = nil
        if failure != nil { counts.failed += 1 }
        if plant?.hasSaidSaved() != true { ended.done(failure) }
    }

    // MARK: - Crashes

    /// The machine stops, and the file is opened again.
    ///
    /// - Returns: what was to be told of the group that was under way, and never is.
    func crash(_ random: inout Seeded) -> (@Sendable (JournalFailure?) -> Void)? {
        counts.crashes += 1
        mayRevive = false
        // What is synced is in the tables already.
        let sessions = underWay?.stage == .synced ? nil : tables.contents().sessions
        file.crash(&random, cuts: plant?.plant == .groupTorn)
        let (payloads, torn) = file.recover()
        if torn != nil { counts.torn += 1 }
        tables = MemoryJournal(rooms: rooms)
        note(.lost)
        for group in payloads.map(GroupRecord.group) { noteRevived(group) }
        for group in payloads.map(GroupRecord.group) where plant?.loses(group) != true { apply(group) }
        if let torn = torn.map(GroupRecord.group), let whole = underWay?.group, plant?.applies(torn, of: whole) == true
        {
            apply(torn)
        }
        if let entry = underWay?.group.entries.first, standings[Int(entry.id)] == .durable { counts.unheard += 1 }
        let mayBeUnheard = underWay.map { !$0.group.sessions.isEmpty || !$0.group.forgotten.isEmpty } ?? false
        hasUnheardSessions = mayBeUnheard && tables.contents().sessions != sessions
        defer { underWay = nil }
        return plant?.hasSaidSaved() == true ? nil : underWay?.done
    }

    private func noteRevived(_ group: JournalGroup) {
        for entry in group.entries where standings[Int(entry.id)] == .failed {
            counts.revived += 1
            revived.ids.insert(Int(entry.id))
            let content = entry.content.map { String(decoding: group.bytes.readableBytesView[$0], as: UTF8.self) }
            let words = content.flatMap { try? Words(#"{"type":"revived","content":\#($0)}"#) }
            if let said = words?.said { revived.contents.insert(said) }
        }
    }

    private func apply(_ group: JournalGroup) {
        tables.commit(group) { _ in }
        for entry in group.entries { standings[Int(entry.id)] = .durable }
    }
}
