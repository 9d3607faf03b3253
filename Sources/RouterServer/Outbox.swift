/// What the messages of a connection have caused within a turn.
struct Caused {
    /// Most bytes of answers before the connection's next message has to wait.
    static let most = 64 << 10

    private var bytes = 0
    private var turn = 0
    private(set) var isHeld = false

    /// - Returns: whether the connection has to be held from here on.
    mutating func add(_ more: Int, in turn: Int) -> Bool {
        if turn != self.turn { (bytes, self.turn) = (0, turn) }
        bytes += max(0, more)  // less than nothing when the turn was ended early
        isHeld = bytes >= Self.most
        return isHeld
    }
}

/// What is known of the bytes that wait for a client.
struct Outbox {
    /// Bytes given to the channel since the connection began.
    var handedOver = 0
    /// Something could not be sent any more: what comes after it must not be either.
    var isOverrun = false
    /// Since when the client has been behind, and how many bytes it had taken by then.
    var stalledSince: Int64?
    var takenBefore = 0
}
