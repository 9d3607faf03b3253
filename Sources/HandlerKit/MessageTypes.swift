/// The messages that a handler takes part in, and how.
///
///     static let types: MessageTypes = ["set_name"]              // it answers them: they end here
///     static let types = MessageTypes.passing("message")         // it looks at them on their way
///     static let types = MessageTypes.all                        // it looks at whatever comes
///     static let types = MessageTypes.frames                     // it takes whole frames; no JSON is read
///
/// In place of a name alone stands a `MessageForm` where the reference should say what the message holds.
public struct MessageTypes: Sendable, ExpressibleByArrayLiteral {
    package enum Part: Sendable { case finishes, passes, takesFrames }
    package let part: Part
    /// What the messages look like; nil for all there are.
    public let forms: [MessageForm]?

    package init(_ part: Part, _ forms: [MessageForm]?) { (self.part, self.forms) = (part, forms) }

    public init(arrayLiteral forms: MessageForm...) { self.init(.finishes, forms) }
    public static func passing(_ forms: MessageForm...) -> MessageTypes { MessageTypes(.passes, forms) }
    public static let all = MessageTypes(.passes, nil)
    public static let frames = MessageTypes(.takesFrames, [])

    /// The types by name; nil for all.
    public var names: [String]? { forms?.map(\.type) }
    /// Whether messages of these types end here; otherwise they are only looked at on their way.
    public var finishes: Bool { part == .finishes }
    public var takesFrames: Bool { part == .takesFrames }
}
