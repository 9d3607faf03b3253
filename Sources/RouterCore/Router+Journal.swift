import HandlerKit
import JSONWire
import Logging
import NIOCore

/// A journal that has been opened, and what it held.
public struct OpenJournal: Sendable {
    public let journal: any Journal
    public let contents: JournalContents
    /// Whether private messages are kept, or only that those with a key were sent.
    public let keepsPrivateMessages: Bool

    public init(_ journal: any Journal, _ contents: JournalContents, keepsPrivateMessages: Bool = false) {
        (self.journal, self.contents, self.keepsPrivateMessages) = (journal, contents, keepsPrivateMessages)
    }
}

extension OpenJournal {
    /// The same with ids set aside, so that none comes twice after a crash; and proof that something can be saved.
    public func ready() async throws(JournalFailure) -> OpenJournal {
        var contents = contents
        contents.ids.useBlocks()
        var group = JournalGroup()
        contents.ids.setAside(in: &group)
        let failure = await withCheckedContinuation { done in journal.commit(group) { done.resume(returning: $0) } }
        if let failure { throw failure }
        contents.ids.noteCommitted(group)
        for (room, rows) in contents.newest.enumerated() {
            guard let oldest = rows.first, let name = oldest.room else { continue }
            if try await journal.hasNone(of: name, before: oldest.id) { contents.whole.insert(room) }
        }
        return OpenJournal(journal, contents, keepsPrivateMessages: keepsPrivateMessages)
    }
}

/// What a turn has brought that has to be durable before anybody is told, and what to take back when it can't be.
struct Commitment {
    let keepsPrivateMessages: Bool
    var group = JournalGroup()
    /// The messages that led to entries of the group.
    var pledges: [Pledge] = []
    /// Connections that were shown entries of the group in frames that are none of its own.
    var deceived: Set<Int> = []
    /// What can be resumed in another way than before.
    var changed: [Resumption] = []
    /// Private messages of the group that are not kept, and what their receivers had lost before them.
    var unkept: [(receiver: Resumption, id: Int64, before: Int64)] = []
    /// The newest id of before the turn.
    var newestBefore: Int64 = 0
    /// Whether the last group could not be saved.
    var isFailing = false
    /// Whether the last ids were given back.
    var hasEnded = false
    /// Whether the group is with the journal.
    var isUnderWay = false

    struct Pledge {
        let sender: Int64
        /// Where it was sent.
        let connection: Int
        /// Where its keys are once it has left.
        let resumption: Resumption?
        /// As JSON, in the group's bytes; empty without one.
        let ref: Range<Int>
        let key: String?
    }

    mutating func clear() {
        group.clear()
        pledges.removeAll(keepingCapacity: true)
        deceived.removeAll()
        changed.removeAll()
        unkept.removeAll()
        isUnderWay = false
    }
}

// Posts become durable before anybody sees them: a turn that has brought some is handed to the journal as one group, and
// its tick is delivered when that is done. Nothing else is decided meanwhile, so that nothing has to be taken back but
// what the turn itself has done.
extension Router {
    /// What has to be committed before the tick of this turn is delivered; asked before `takeTick`.
    ///
    /// Nothing may be called between this and `settled`.
    public mutating func takeGroup() -> JournalGroup? {
        guard commitment != nil else { return nil }
        if isStopping, !commitment!.hasEnded {
            ids.giveBack(in: &commitment!.group)
            commitment!.hasEnded = true
        } else if !isStopping {
            ids.setAside(in: &commitment!.group)
        }
        // While nothing can be saved a few are enough to find out when it can.
        commitment!.changed = resumptions.takeChanged(most: commitment!.isFailing ? 100 : .max)
        for resumption in commitment!.changed {
            if resumption.isVoid {
                commitment!.group.forgotten.append(resumption.id)
            } else {
                commitment!.group.sessions.append(resumption.record(context.rooms.names))
            }
        }
        guard !commitment!.group.isEmpty else { return nil }
        commitment!.isUnderWay = true
        return commitment!.group
    }

    /// The group is committed, or has failed: then those who caused it are told in the next tick, and `tick` holds no word
    /// of it.
    public mutating func settled(_ tick: inout Tick, _ failure: JournalFailure?) {
        guard commitment?.isUnderWay == true else { return }
        commitment!.isFailing = failure != nil
        if failure == nil {
            ids.noteCommitted(commitment!.group)
            for resumption in commitment!.changed {
                resumption.isKept = !resumption.isVoid
                dropKeys(of: resumption)
            }
            if resumptions.hasChanges { saveAgainLater() }  // a few were enough to find out
        } else {
            takeBack(from: &tick)
        }
        commitment!.clear()
        windows.newestCommitted = .max
        windows.hasShownPledged = false
        beginWorkBehindCommit()
    }

    /// The journal has them, and they would take much room for those who are away.
    private func dropKeys(of resumption: Resumption) {
        guard resumption.awaySince != nil, context.users[resumption.id] == nil else { return }
        if resumption.keys?.isEmpty == false { resumption.keys = nil }
    }

    // MARK: - Filling the group

    /// Whether there is a commitment; asked several times a message, and quicker told than by looking at that.
    private var hasJournal: Bool { journal != nil }

    /// Notes a post or private message for the journal.
    ///
    /// - Returns: whether what tells of it has to wait for the journal.
    mutating func enter(_ frame: OutgoingFrame, _ type: StaticString, _ target: Target, hasKey: Bool) -> Bool {
        guard hasJournal, let party = frame.party else { return false }
        if commitment!.group.entries.isEmpty {
            commitment!.newestBefore = frame.id - 1
            windows.newestCommitted = frame.id - 1
            windows.mark()
        }
        return commitment!.enter(frame, type, party, target, hasKey: hasKey)
    }

    enum Target {
        case room(Int)
        case user(Int64, name: [UInt8])
    }

    /// What a message led to is told of once it is durable.
    ///
    /// - Parameters:
    ///   - before: how many entries there were when its effects began to be carried out.
    ///   - numbered: the post or private message that its key is for.
    /// - Returns: whether the answer has to wait.
    mutating func pledge(_ request: Request, _ numbered: Numbered?, entriesBefore before: Int) -> Bool {
        guard hasJournal, commitment!.group.entries.count > before else { return false }
        let sender = session(at: context.sender.place)
        commitment!.pledge(to: sender, request.ref, key: request.key?.text)
        if let key = request.key, let numbered { commitment!.group.setKey(key.text, key.digest, ofEntry: numbered.id) }
        return true
    }

    /// Whether a post or private message waits for the journal.
    func isPledged(_ id: Int64) -> Bool {
        commitment.map { !$0.group.entries.isEmpty && id > $0.newestBefore } ?? false
    }

    /// What was sent again within the turn is answered when the first one is.
    mutating func pledgeRepeat(_ ref: JSONRaw?) {
        let sender = session(at: context.sender.place)
        commitment?.pledge(to: sender, ref, key: nil)
    }

    var keepsPrivateMessages: Bool { commitment?.keepsPrivateMessages ?? false }

    /// The newest id that is durable.
    var newestCommitted: Int64 { min(windows.newestCommitted, ids.newestMessage) }

    var entriesInGroup: Int { hasJournal ? commitment!.group.entries.count : 0 }

    /// Whoever was shown the newest posts must not see what is never going to have been there.
    mutating func noteShown(_ slot: Int) {
        guard hasJournal, windows.hasShownPledged else { return }
        windows.hasShownPledged = false
        if let connection = session(slot)?.connection { commitment?.deceived.insert(connection) }
    }
}

extension Rejection {
    /// What could not be made durable counts as not sent.
    static let notSaved = Rejection(.unavailable, "Try again later", retryAfterMilliseconds: 1_000)
}

extension Commitment {
    fileprivate mutating func pledge(to sender: Session?, _ ref: JSONRaw?, key: String?) {
        guard let sender else { return }
        let kept = ref.map { $0.withBytes { group.keep($0) } }
        pledges.append(
            Pledge(
                sender: sender.id, connection: sender.connection, resumption: sender.resumption, ref: kept ?? 0..<0,
                key: key))
    }

    fileprivate mutating func enter(
        _ frame: OutgoingFrame, _ type: StaticString, _ party: OutgoingFrame.Party, _ target: Router.Target,
        hasKey: Bool
    ) -> Bool {
        var isKept = true
        if case .user = target { isKept = keepsPrivateMessages }
        guard isKept || hasKey else { return false }
        let name = group.keep(party.name)
        let content = isKept ? group.keep(frame.content) : nil
        let kept: JournalGroup.Target =
            switch target {
            case .room(let number): .room(number)
            case .user(let id, let name): .user(id, name: name.withUnsafeBytes { group.keep($0) })
            }
        group.add(
            .init(
                id: frame.id, timestamp: frame.timestamp, type: type, sender: party.id, senderName: name,
                target: kept, content: content))
        return true
    }
}
