/// Gives out the ids of users and messages: each above every one given out before (P1, P33).
public struct IdSource: Sendable {
    private var lastUser: Int64
    private var lastMessage: Int64

    /// - Parameters:
    ///   - lastUser: the highest user id ever given out; 0 for none.
    ///   - lastMessage: the highest message id ever given out; 0 for none.
    public init(lastUser: Int64 = 0, lastMessage: Int64 = 0) {
        self.lastUser = lastUser
        self.lastMessage = lastMessage
    }

    mutating func nextUser() -> Int64 {
        lastUser += 1
        return lastUser
    }

    mutating func nextMessage() -> Int64 {
        lastMessage += 1
        return lastMessage
    }
}
