import Logging
import RouterCore

/// The handler that is checked, in a pipeline in which it can do its work.
struct ConformanceSubject {
    let handler: any Handler.Type
    let seed: UInt64
    private let plan: PipelinePlan
    /// The messages that it takes part in.
    let forms: [MessageForm]
    /// The messages that the handlers around it answer.
    let otherForms: [MessageForm]
    /// Message types that somebody has to answer when the handler only looks at them.
    private let answered: [MessageForm]

    init(_ handler: any Handler.Type, among others: [any Handler.Type], settings: [String: String], seed: UInt64) throws
    {
        self.handler = handler
        self.seed = seed
        let handlers = others.contains { $0 == handler } ? others : others + [handler]
        let own = handler.types
        otherForms = handlers.filter { $0 != handler && $0.types.finishes }.flatMap { $0.types.forms ?? [] }
        let ends = Set(otherForms.map(\.type) + (own.finishes ? own.names ?? [] : []))
        // A handler of no types, or of all, still sees who comes and goes, and posts.
        let looked = own.forms.flatMap { $0.isEmpty ? nil : $0 } ?? (otherForms.isEmpty ? [.anything] : otherForms)
        answered = own.takesFrames ? [] : looked.filter { !ends.contains($0.type) }
        forms = looked
        var plan = try PipelinePlan(handlers, settings: settings, of: handler)
        if !answered.isEmpty { plan.entries.append(.init(Answering.self)) }
        self.plan = plan
    }

    var takesFrames: Bool { handler.types.takesFrames }

    /// Whether a message may be overtaken by those of other users.
    var waits: Bool { plan.entries.contains { $0.handler is any AsyncHandler.Type } }

    /// The frames that the handlers say they send, and to whom; one that says nothing sends nothing.
    var declared: [String: [MessageForm]] {
        var forms = Dictionary(grouping: plan.entries.flatMap { $0.handler.sends }, by: \.type)
        if !answered.isEmpty { forms["message", default: []].append(MessageForm("message", to: .room, "", [:])) }
        return forms
    }

    /// A router of its own, with nobody in it.
    ///
    /// Its limits are as shipped, but for the closing of those who send nonsense, which is what is done here.
    ///
    /// - Parameter keepingPosts: whether rooms keep their latest posts.
    func router(keepingPosts: Bool = true) throws -> HandlerHarness {
        let limits = Limits()
        var changes = [("max_bad_messages", "10000")]
        if !keepingPosts { changes.append(("max_room_posts", "0")) }
        for (name, value) in changes {
            try SettingInput(written: value).assign(to: name, of: limits, called: name)
        }
        let recorder = LogRecorder(from: .error)
        return try Answering.$forms.withValue(answered) { try HandlerHarness(plan, limits: limits, recorder: recorder) }
    }
}

/// Stands behind a handler that only looks at messages: posts their `content`.
private struct Answering: Handler {
    static let name = "answering"
    static let summary = "Posts the content of what comes."
    /// Known while a pipeline is made, and only to it.
    @TaskLocal static var forms: [MessageForm] = []
    static var types: MessageTypes { MessageTypes(.finishes, forms) }

    func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        if let content = try message.text("content") { context.post("message", content) }
        return .handled
    }
}

extension MessageForm {
    /// For handlers that take part in whatever comes.
    fileprivate static var anything: MessageForm {
        MessageForm("message", "", ["content": .optional(.string("A text."))])
    }
}
