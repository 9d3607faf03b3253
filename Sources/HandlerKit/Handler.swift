/// One entry of the pipeline: a file, a name in plugins.yaml, and the message types it takes part in.
///
/// A handler is made by `init()`, given its settings, started, and from then on called by one thread at a time: it needs
/// no locks. It changes nothing itself. What it wants done it says to the ``Context``, and the router does it when the
/// call returns; when a call throws, nothing of it is done. Of all that follows a handler writes what it needs.
public protocol Handler: SendableMetatype {
    /// Its name in plugins.yaml.
    static var name: String { get }
    /// What it does, in one line.
    static var summary: String { get }
    /// The messages it takes part in.
    static var types: MessageTypes { get }
    /// The frames it sends, for the reference.
    static var sends: [MessageForm] { get }
    /// The handlers without which it makes no sense; each has to be listed above it.
    static var needs: [String] { get }
    /// Whether ``posted(_:_:)`` is called.
    static var seesPosts: Bool { get }

    init()

    /// Opens what it needs, before the first message. It may wait; its settings have their values.
    ///
    /// - Throws: what keeps the router from starting.
    mutating func start() async throws
    /// Closes what `start` opened, after the last message.
    mutating func stop() async

    /// A message of one of `types` came from `context.sender`.
    ///
    /// - Throws: a ``Rejection``, which the sender is told; anything else is logged and told as `internal_error`.
    mutating func handle(_ message: inout Message, _ context: inout Context) throws -> Flow
    /// A whole frame came; only for handlers whose `types` are `.frames`.
    mutating func handle(_ frame: Frame, _ context: inout Context) throws

    /// `context.sender` is a user from now on. Called in pipeline order.
    mutating func admitted(_ context: inout Context)
    /// `context.sender` is gone, and no longer among `context.users`. Called once for each who was admitted, in reverse
    /// pipeline order.
    mutating func left(_ context: inout Context)
    /// `context.sender`, who had left, is back as who it was, in its rooms; called in place of `admitted`.
    mutating func resumed(_ context: inout Context)
    /// `context.sender` has joined a room; not for the room that everybody starts in.
    mutating func entered(_ room: String, _ context: inout Context)
    /// `context.sender` has left a room; not when it leaves the server.
    mutating func exited(_ room: String, _ context: inout Context)
    /// A room has taken a post of `context.sender`.
    mutating func posted(_ post: Post, _ context: inout Context)
    /// The time has come that was asked for with ``Context/wake(after:)``, or by `wakesEvery`.
    mutating func woken(_ context: inout Context)

    /// How often it is woken without a sender; nil for never.
    var wakesEvery: Duration? { get }
    /// The rooms that it opens. The first of all is where everybody starts; without any there is one, `general`.
    var rooms: [String] { get }
    /// Limits that a client should know; they are told under `limits` in `welcome`.
    var announcedLimits: JSONMembers { get }
}

extension Handler {
    public static var sends: [MessageForm] { [] }
    public static var needs: [String] { [] }
    public static var seesPosts: Bool { false }
    public mutating func start() async throws {}
    public mutating func stop() async {}
    public mutating func handle(_ message: inout Message, _ context: inout Context) throws -> Flow { .pass }
    public mutating func handle(_ frame: Frame, _ context: inout Context) throws {}
    public mutating func admitted(_ context: inout Context) {}
    public mutating func left(_ context: inout Context) {}
    public mutating func resumed(_ context: inout Context) {}
    public mutating func entered(_ room: String, _ context: inout Context) {}
    public mutating func exited(_ room: String, _ context: inout Context) {}
    public mutating func posted(_ post: Post, _ context: inout Context) {}
    public mutating func woken(_ context: inout Context) {}
    public var wakesEvery: Duration? { nil }
    public var rooms: [String] { [] }
    public var announcedLimits: JSONMembers { [:] }
}

/// What becomes of a message after a handler saw it.
public enum Flow: Sendable {
    /// It ends here.
    case handled
    /// The next handler of its route gets it, as this one left it.
    case pass
    /// An ``AsyncHandler`` waits, and gets the message again when the answer is there. Others do not return this.
    case waiting
}
