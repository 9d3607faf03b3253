/// One entry of the pipeline: a file, a name in plugins.yaml, and the message types it takes part in.
///
/// A handler is made by `init()`, given its settings, and from then on called by one thread at a time. It changes
/// nothing itself: what it wants done it says to the `Context`, and the router does it when the call returns. When a
/// call throws, nothing of it is done.
public protocol Handler: SendableMetatype {
    /// Its name in plugins.yaml.
    static var name: String { get }
    /// What it does, in one line.
    static var summary: String { get }
    /// The message types it takes part in.
    static var types: MessageTypes { get }
    /// The handlers, by name, that must stand above it in plugins.yaml; none unless it says so.
    static var needs: [String] { get }

    init()

    /// A message of one of `types` came from `context.sender`.
    ///
    /// - Throws: a `Rejection`, which the sender is told; anything else is logged and told as `internal_error`.
    mutating func handle(_ message: inout Message, _ context: inout Context) throws -> Flow
    /// A whole frame came; only for handlers whose `types` are `.frames`.
    mutating func handle(_ frame: Frame, _ context: inout Context) throws
    /// `context.sender` is a user from now on. Called in pipeline order.
    mutating func admitted(_ context: inout Context)
    /// `context.sender` is gone, and no longer among `context.users`. Called once for each who was admitted.
    mutating func left(_ context: inout Context)

    /// Limits that a client should know; they are told under `limits` in `welcome`.
    var announcedLimits: JSONMembers { get }
}

extension Handler {
    public static var needs: [String] { [] }
    public mutating func handle(_ message: inout Message, _ context: inout Context) throws -> Flow { .pass }
    public mutating func handle(_ frame: Frame, _ context: inout Context) throws {}
    public mutating func admitted(_ context: inout Context) {}
    public mutating func left(_ context: inout Context) {}
    public var announcedLimits: JSONMembers { [:] }
}

/// What becomes of a message after a handler saw it.
public enum Flow: Sendable {
    /// It ends here.
    case handled
    /// The next handler of its route gets it, as this one left it.
    case pass
}

/// The message types that a handler takes part in.
///
///     static let types: MessageTypes = ["set_name"]              // it answers them: they end here
///     static let types = MessageTypes.passing("message")         // it looks at them on their way
///     static let types = MessageTypes.all                        // it looks at whatever comes
///     static let types = MessageTypes.frames                     // it takes whole frames; no JSON is read
public struct MessageTypes: Sendable, ExpressibleByArrayLiteral {
    package enum Part: Sendable { case finishes, passes, takesFrames }
    package let part: Part
    /// The types by name; nil for all.
    public let names: [String]?

    private init(_ part: Part, _ names: [String]?) {
        self.part = part
        self.names = names
    }

    public init(arrayLiteral names: String...) { self.init(.finishes, names) }
    public static func passing(_ names: String...) -> MessageTypes { MessageTypes(.passes, names) }
    public static let all = MessageTypes(.passes, nil)
    public static let frames = MessageTypes(.takesFrames, [])

    /// Whether messages of these types end here; otherwise they are only looked at on their way.
    public var finishes: Bool { part == .finishes }
    public var takesFrames: Bool { part == .takesFrames }
}
