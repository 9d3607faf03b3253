/// Gives out the ids of users and messages: each above every one given out before (P1, P33).
///
/// With a journal they are given out of blocks that it has set aside, so that none comes twice after a crash; gaps are
/// fine.
public struct IdSource: Sendable {
    private var lastUser: Int64
    private var lastMessage: Int64
    /// The last ids set aside.
    private var lastUserKept = Int64.max
    private var lastMessageKept = Int64.max

    var blocks = Blocks()

    /// Ids set aside at once: more users than come within one turn, and more messages.
    struct Blocks: Sendable {
        var users: Int64 = 20_000
        var messages: Int64 = 1_000_000
    }

    /// - Parameters:
    ///   - lastUser: the highest user id ever given out; 0 for none.
    ///   - lastMessage: the highest message id ever given out; 0 for none.
    public init(lastUser: Int64 = 0, lastMessage: Int64 = 0) {
        self.lastUser = lastUser
        self.lastMessage = lastMessage
    }

    /// The id of the newest message.
    var newestMessage: Int64 { lastMessage }

    /// Whether there is an id for a further user, and for a further message.
    var hasUser: Bool { lastUser < lastUserKept }
    var hasMessage: Bool { lastMessage < lastMessageKept }

    mutating func nextUser() -> Int64 {
        lastUser += 1
        return lastUser
    }

    mutating func nextMessage() -> Int64 {
        lastMessage += 1
        return lastMessage
    }

    // MARK: - Blocks

    /// From here on only ids that were set aside are given out: none so far.
    mutating func useBlocks() { (lastUserKept, lastMessageKept) = (lastUser, lastMessage) }

    /// Has further ids set aside together with a group, where few are left.
    func setAside(in group: inout JournalGroup) {
        if lastUserKept - lastUser < blocks.users / 2 { group.lastUser = lastUser + blocks.users }
        if lastMessageKept - lastMessage < blocks.messages / 2 { group.lastMessage = lastMessage + blocks.messages }
    }

    /// No further id is given out: what was set aside is free again.
    mutating func giveBack(in group: inout JournalGroup) {
        (lastUserKept, lastMessageKept) = (lastUser, lastMessage)
        (group.lastUser, group.lastMessage, group.isLast) = (lastUser, lastMessage, true)
    }

    /// A group is committed: what it sets aside can be given out.
    mutating func noteCommitted(_ group: JournalGroup) {
        if let user = group.lastUser { lastUserKept = user }
        if let message = group.lastMessage { lastMessageKept = message }
    }
}
