/// A fault of the server, planted to show that the simulation finds it.
enum Plant: String, CaseIterable, Sendable {
    case postDropped = "a member does not get a post"
    case postDroppedForAll = "nobody gets a post"
    case postStrayed = "somebody gets a post of a room that it is not in"
    case ackDoubled = "an ack comes twice"
    case ackLost = "an ack does not come"
    case orderSwapped = "a member gets two posts in the other order"
    case leaveForgotten = "nobody is told of a leave"
    case leaveDoubled = "a member is told of a leave twice"
    case idReused = "two messages have one id"
    case privateBytesElsewhere = "somebody else gets a private message, too"
    case spanMissed = "who follows the log does not find a part of it"
    case spanDoubled = "who is behind is kept what it finds in the log, too"
    case followsOn = "who is told something of its own is not stopped from following"
    case otherForm = "who can't inflate is kept what is for those who can"
    case addressUncounted = "connections of an address are not counted"
    case bytesSentTwice = "what a socket took is sent again"
    case bytesNotSent = "what a socket did not take is not sent again"
    case ackEarly = "an ack comes before its post is on disk"
    case postEarly = "a member gets a post before it is on disk"
    case syncForgotten = "what is not on disk is said to be saved"
    case unsavedDelivered = "a member gets a post that could not be saved"
    case unsavedShown = "a post that could not be saved stays in the history"
    case unsavedKeyKept = "the key of a post that could not be saved stays known"
    case unsavedUntold = "the sender of a post that could not be saved is not told"
    case groupLost = "what was saved is not found after a crash"
    case groupTorn = "half of a group is found after a crash"
    case replayMisses = "who comes back is not sent one of the messages that it has missed"
    case replayDoubles = "who comes back is sent one of the messages that it has missed twice"
    case seamMisses = "who comes back does not get the first post behind those that it has missed"
    case idsForgotten = "ids that were given out are given out again after a crash"
    case laterIdsForgotten = "ids that are set aside while the server runs are given out again after a crash"
    case unsyncedKept = "what could not be synced keeps its place on the disk"
    case keysForgotten = "the keys of a session are not found after a crash"
    case graceIgnored = "others are told of a leave at once of somebody who may come back"

    /// Whether it takes a disk on which posts are kept.
    var isOfDisk: Bool {
        switch self {
        case .ackEarly, .postEarly, .syncForgotten, .unsavedDelivered, .unsavedShown, .unsavedKeyKept, .unsavedUntold,
            .groupLost, .groupTorn, .idsForgotten, .replayMisses, .replayDoubles, .seamMisses, .laterIdsForgotten,
            .unsyncedKept, .keysForgotten:
            true
        default: false
        }
    }

    /// Whether it can be found for what it is in a scenario.
    func fits(_ scenario: Scenario) -> Bool {
        guard isOfDisk == (scenario.durability != nil) else { return false }
        return switch self {
        // What is wrong with sessions then may come first.
        case .syncForgotten, .groupLost, .groupTorn: !scenario.resumes
        // They stand between whole frames.
        case .ackEarly, .postEarly: !scenario.writesShort
        case .replayMisses, .replayDoubles, .seamMisses, .keysForgotten: scenario.resumes
        case .laterIdsForgotten: scenario.idBlocks != nil
        case .graceIgnored: scenario.grace > .zero
        default: true
        }
    }

    /// What it has to be found as. Bytes that come twice, or not at all, may be anything.
    var kinds: Set<Violation.Kind> {
        switch self {
        case .postDropped, .spanMissed: [.missing]
        case .postDroppedForAll: [.answer, .history]
        case .postStrayed: [.strayed]
        case .ackDoubled, .ackLost: [.answer]
        case .orderSwapped: [.swapped]
        case .leaveForgotten: [.presence]
        case .leaveDoubled, .spanDoubled: [.doubled]
        case .followsOn: [.doubled, .strayed]  // what is in the log for others may be its own
        case .idReused: [.id]
        case .privateBytesElsewhere: [.secret]
        case .otherForm: [.compression]
        case .addressUncounted: [.address]
        case .bytesSentTwice, .bytesNotSent: [.bytes, .compression]
        case .ackEarly, .postEarly, .syncForgotten: [.early]
        case .unsavedDelivered, .unsavedShown, .unsavedKeyKept: [.unsaved]
        case .unsavedUntold: [.answer]
        // What nobody had been told of may be there again after the next crash.
        case .groupLost: [.lost, .unknown]
        case .seamMisses: [.missing]
        // What comes behind the gap seems to come too early, if the client is taken to have been back by then.
        case .replayMisses: [.missing, .swapped]
        case .replayDoubles: [.doubled]
        case .groupTorn: [.torn]
        case .idsForgotten, .laterIdsForgotten: [.id]
        // It stands where something else was told to be, or comes twice when it is sent again.
        case .unsyncedKept: [.lost, .doubled]
        case .keysForgotten: [.doubled]
        case .graceIgnored: [.presence]
        }
    }
}
