import NIOCore

/// Where delivered bytes go: the connections of one I/O loop.
public protocol DeliverySink: AnyObject {
    /// Whether a connection belongs here and has not ended.
    func isOpen(_ connection: Int) -> Bool
    /// Whether bytes wait for the connection already: then further ones are to be kept behind them.
    func isBehind(_ connection: Int) -> Bool
    /// Whether the connection gets nothing more, so that nothing needs to be put together for it.
    func isLost(_ connection: Int) -> Bool
    /// Sends what can be sent at once; called at most once per connection and tick.
    ///
    /// - Returns: how many bytes that was. The rest follows in a call of `keep`.
    func write(_ bytes: ByteBuffer, to connection: Int) -> Int
    /// Bytes for one connection that are to wait.
    func keep(_ bytes: ByteBuffer, for connection: Int)
    /// Bytes that wait in one copy for all who are behind. They are the last of their log: a connection may follow it from
    /// there on, and get what comes behind them without being told.
    func keep(_ span: SharedLog.Span, for connection: Int)
    func standing(of connection: Int) -> Standing
    /// The connection gets what its log holds by now, and nothing of what comes behind it unless that is kept for it.
    func stopFollowing(_ connection: Int)
    /// How much more may wait for a connection.
    func room(for connection: Int) -> Int
    /// Too much waits for a connection.
    func lose(_ connection: Int)
    /// Behind all that was written or kept.
    func close(_ connection: Int, _ closing: Closing)
    /// Nothing more of it is to be read; `Router.caughtUp` is to be called once it has taken everything.
    func hold(_ connection: Int)
    func goOn(_ connection: Int)
    /// The number of a connection that has ended may be given out again.
    func free(_ connection: Int)
}

extension DeliverySink {
    public func isLost(_ connection: Int) -> Bool { false }
    public func standing(of connection: Int) -> Standing { isBehind(connection) ? .behind : .free }
    public func stopFollowing(_ connection: Int) {}
    public func room(for connection: Int) -> Int { .max }
    public func lose(_ connection: Int) {}
}

/// How a connection gets what its group gets.
public enum Standing {
    /// At once.
    case free
    /// Bytes wait for it: further ones are to be kept behind them.
    case behind
    /// It finds them by itself, behind those in its log.
    case following
}
