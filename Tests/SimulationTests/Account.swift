/// One client's stream, gone through from its beginning: each frame has to be one that is due.
///
/// What is public has to be what the log has for the rooms that the client is in; every other frame has to answer what
/// the client has sent, in the order in which it did.
struct Account {
    let client: SimulatedClient
    let log: PublicLog
    let scenario: Scenario
    let user: Int
    var violations: [Violation] = []
    /// The private messages that came.
    private(set) var secrets: [(words: Words, step: Int)] = []
    /// What it was told to have sent, and to whom.
    var told: [(content: String, to: Int)] = []

    /// What the client can know of the others.
    var online: [Int: String] = [:]
    /// Its rooms, the one joined last at the end.
    var rooms = ["general"]
    var lastID = 0
    /// Where it is in the log, and the rooms that it is in there.
    private(set) var place = 0
    var present: Set<String> = ["general"]
    /// What it got of the log, by its place there.
    private var got: Set<Int> = []
    /// Its own comings and goings in the log, in order.
    private(set) var moves: [(words: Words, place: Int)] = []
    var nextMove = 0
    var due: [Due] = []
    var nextDeed = 0
    /// The contents that were taken, and the ids that they were told to have.
    var taken: [String: Int] = [:]
    /// How often each of its messages was said not to be saved. That is told in the turn after, behind answers to what it
    /// sent later.
    private let unsaved: [String: Int]
    private let answered: Set<String>
    /// The private messages that it was told to have sent; the ack that comes behind it may not have reached it.
    private let receipts: Set<String>
    /// Whether it was there when all was quiet: then it has read all answers to what it sent before.
    let isProbed: Bool
    var isAllAnswered: Bool { isProbed || scenario.durability?.fails != true || !mayBeDeceived }
    private var step = 0
    private var index = 0
    /// The next message to be answered, after the present frame.
    var nextRef: String? { client.seen[index...].lazy.compactMap { $0.words?.ref }.first }
    /// How many frames made sense.
    private(set) var progress = 0
    private var isOver = false

    /// A frame that has to come next of those that are no public ones.
    struct Due {
        let what: String
        /// Whether others are told of it, too.
        var isMove = false
        /// Whether it may be missing.
        var isSure = true
        /// nil when it is right.
        let check: (inout Account, Words) -> String?
    }

    /// What it is to be sent again; nil for one who did not come back.
    var replay: Replay?
    /// Contents that it had sent with keys before it came back.
    var carried: Set<String> = []
    /// What it had sent that may have waited in a handler.
    var waiting: [Deed] = []

    /// - Parameters:
    ///   - past: the lives before.
    ///   - start: where in the log it is back in its session; nil when it is not.
    init(
        of client: SimulatedClient, _ log: PublicLog, _ scenario: Scenario, _ past: Past, from start: Int? = nil
    ) {
        (self.client, self.log, self.scenario) = (client, log, scenario)
        user = client.user ?? 0
        lastID = log.lastIDBefore
        unsaved = scenario.durability?.fails == true ? client.unsavedRefs : [:]
        answered = client.answeredRefs
        receipts = client.receipts
        isProbed = client.answeredRefs.contains { $0.hasPrefix("end") }
        guard client.user != nil else { return }
        if let join = log.joins[user]?.first { place = join + 1 }
        if let start { place = start }
        // The first is in all rooms before there is anything to be told.
        if client.isObserver { present = ["general", "random", "gaming"] }
        for (place, entry) in log.entries.enumerated().dropFirst(place) where entry.user == user {
            if entry.words.type == "leave" { break }
            if ["room_join", "room_leave"].contains(entry.words.type) { moves.append((entry.words, place)) }
        }
        online = client.isObserver ? [user: "User\(user)"] : log.online(at: place)
        if start == nil { greet() } else { comeBack(past) }
        for (index, seen) in client.seen.enumerated() where !isOver {
            guard let words = seen.words else { continue }
            step = seen.step
            self.index = index
            progress += 1
            take(words)
        }
        if !isOver { end() }
    }

    /// Whether the client was told that something could not be saved, or could have been if it had read on.
    func isUnsaved(_ deed: Deed) -> Bool {
        guard scenario.durability?.fails == true, deed.isNumbered, let ref = deed.ref else { return false }
        if unsaved[ref] != nil { return true }
        if case .whisper(let content, _) = deed.kind, receipts.contains(content) { return false }
        return !answered.contains(ref) && !isProbed && (!isComplete || mayBeDeceived)
    }

    /// Whether it may have been shown what could not be saved in the turn in which it ended: of that it gets nothing else.
    private var mayBeDeceived: Bool {
        client.deeds.contains { deed in
            switch deed.kind {
            case .askHistory, .join, .leave: deed.ref.map { !answered.contains($0) } ?? true
            default: false
            }
        }
    }

    mutating func wrong(_ kind: Violation.Kind, _ what: String) {
        violations.append(Violation(kind, client: client.number, step: step, what: what))
        isOver = true  // what follows could not be told apart
    }

    /// Whether it got all that there was for it: nothing was lost with its connection.
    var isComplete: Bool {
        guard client.ending != .gone, client.breach == nil, client.hasClose, violations.isEmpty else { return false }
        if client.isResumed, !answered.contains(Comeback.ref) { return false }  // it has closed before it was back
        return ![4103, 1011, 4005].contains(client.closeCode)
    }

    private mutating func take(_ words: Words) {
        if isSentAgain(words) {
            secrets.append(contentsOf: words.type == "private_message" ? [(words, step)] : [])
        } else if words.isPublic {
            takePublic(words)
        } else if words.ref == Comeback.ref, words.code == "unknown_type", scenario.jumps, !client.isResumed {
            return  // it had not asked in time
        } else if client.isResumed, words.content["close"] != nil {
            return  // it could not be sent the rest
        } else if !waiting.isEmpty, isAnswerToFormer(words) {
            noteAnswerToFormer(words)
        } else if words.type == "private_message" {
            secrets.append((words, step))
        } else if words.isUnsaved, let ref = words.ref, let count = unsaved[ref] {
            if count > 1 { wrong(.answer, "\(ref) is told \(count) times not to be saved") }
        } else {
            takeDirect(words)
        }
        if !isOver, let id = words.id ?? (words.type == "ack" ? words.content["id"] as? Int : nil) { order(id, words) }
    }

    /// Ids only increase, but for answers to what was sent again.
    private mutating func order(_ id: Int, _ words: Words) {
        let isAnswer = words.type == "ack" || words.type == "private_message_sent"
        if isAnswer, id <= lastID, taken.values.contains(id) || id == lastID { return }
        guard id > lastID else { return wrong(.id, "id \(id) after \(lastID): \(words.text.prefix(200))") }
        lastID = id
    }

    // MARK: - Public frames

    private mutating func takePublic(_ words: Words) {
        while let entry = nextDue() {
            place += 1
            if entry.words === words {
                got.insert(place - 1)
                return note(words)
            }
            if entry.isDroppable { continue }
            let due = "where \(entry.words.text.prefix(200)) was due"
            return wrong(kind(of: words, insteadOf: entry), "got \(words.text.prefix(200)) \(due)")
        }
        wrong(kind(of: words, insteadOf: nil), "nobody else was told: \(words.text.prefix(300))")
    }

    /// What it means that something comes where something else was due.
    private func kind(of words: Words, insteadOf due: PublicLog.Entry?) -> Violation.Kind {
        guard let other = log.entries.lastIndex(where: { $0.words === words }) else { return .unknown }
        if got.contains(other) { return .doubled }
        let entry = log.entries[other]
        if entry.user == user || entry.room.map(present.contains) == false { return .strayed }
        return client.seen.contains { $0.words === due?.words } ? .swapped : .missing
    }

    /// The next of the log that is for this client; nil behind the last.
    private mutating func nextDue() -> PublicLog.Entry? {
        while place < log.entries.count {
            let entry = log.entries[place]
            if entry.user == user {
                if entry.words.type == "leave" { return nil }
                if let room = entry.room, entry.words.type == "room_join" { present.insert(room) }
                if let room = entry.room, entry.words.type == "room_leave" { present.remove(room) }
            } else if entry.room.map(present.contains) ?? true, !isPast(entry) {
                return entry
            }
            place += 1
        }
        return nil
    }

    /// Whether a post has come already: where it is not known from where on it had to.
    private func isPast(_ entry: PublicLog.Entry) -> Bool {
        guard replay?.isVague == true, let id = entry.words.id else { return false }
        return id <= lastID
    }

    private mutating func note(_ words: Words) {
        guard let other = words.content["user_id"] as? Int else { return }
        switch words.type {
        case "join": online[other] = words.content["user_name"] as? String
        case "leave": online[other] = nil
        case "user_renamed": online[other] = words.content["new_name"] as? String
        default: break
        }
    }

    /// It gets what others had got before; behind that nobody knows where it ended, if others do not see its leave.
    private var lastStep: Int {
        let isStopped = client.ending == nil && client.closeCode == 1001
        return scenario.grace == .zero || isStopped ? .max : client.ended?.step ?? -1
    }

    private mutating func end() {
        guard isComplete else { return }
        endReplay()
        if isOver { return }
        while let entry = nextDue(), entry.step < lastStep {
            place += 1
            if !entry.isDroppable { return wrong(.missing, "never got \(entry.words.text.prefix(300))") }
        }
        // Whoever breaks the protocol, or is closed, is not answered any more.
        let isAnswered =
            switch client.ending {
            case .closed(let code): client.closeCode == code
            case .finished: client.closeCode == 1000
            default: false
            }
        guard isAnswered, isAllAnswered else { return }
        if let next = due.first(where: \.isSure) { return wrong(.answer, "never got \(next.what)") }
        while nextDeed < client.deeds.count {
            let deed = client.deeds[nextDeed]
            nextDeed += 1
            if isUnsaved(deed) { continue }
            if !begin(deed) || due.contains(where: \.isSure) { return wrong(.answer, "was never answered: \(deed)") }
        }
    }
}
