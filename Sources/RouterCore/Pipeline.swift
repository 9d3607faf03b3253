import HandlerKit

/// The handlers of a plan, made and given their settings, and the route of each message type.
///
/// It is started where it is made, and then belongs to the router's loop.
public struct Pipeline: ~Copyable {
    /// In the order of plugins.yaml. Always called in place: a copy of a handler would have a state of its own.
    var handlers: [any Handler]
    let routes: RouteTable
    /// The message types that some handler answers, sorted.
    let types: [String]
    /// Whether a handler answers messages, or only looks at them on their way.
    let answers: [Bool]
    /// Set when the pipeline is one handler that takes whole frames.
    let takesFrames: Bool
    /// What the handlers say of their limits, one after the other.
    let announcedLimits: JSONMembers
    /// The rooms that the handlers open; `general` when none does.
    let rooms: [String]
    /// The handlers that are told of posts.
    let postWatchers: [Int]
    /// How many of the handlers have been started.
    private var started = 0

    /// - Precondition: the plan's settings are valid; whoever made the plan has checked them.
    public init(_ plan: PipelinePlan) {
        handlers = plan.entries.map(Self.make)
        answers = plan.entries.map { $0.handler.types.finishes }
        takesFrames = plan.entries.contains { $0.handler.types.takesFrames }
        let routes = Self.routes(of: plan)
        self.routes = RouteTable(routes)
        types = routes.keys.sorted()
        announcedLimits = handlers.reduce(into: [:]) { $0.append($1.announcedLimits) }
        let opened = handlers.flatMap(\.rooms).reduce(into: []) { $0.contains($1) ? () : $0.append($1) }
        rooms = opened.isEmpty ? ["general"] : opened
        postWatchers = plan.entries.indices.filter { plan.entries[$0].handler.seesPosts }
    }

    /// Starts the handlers in their order.
    ///
    /// - Throws: `StartFailure` at the first that can't; those before it are stopped again.
    public mutating func start() async throws {
        while started < handlers.count {
            do {
                try await handlers[started].start()
            } catch {
                let failure = StartFailure(handler: name(of: started), error)
                await stop()
                throw failure
            }
            started += 1
        }
    }

    /// Stops the handlers that were started, the last one first.
    public mutating func stop() async {
        while started > 0 {
            started -= 1
            await handlers[started].stop()
        }
    }

    /// A handler's name in plugins.yaml.
    func name(of index: Int) -> String { type(of: handlers[index]).name }

    private static func make(_ entry: PipelinePlan.Entry) -> any Handler {
        let handler = entry.handler.init()
        let settings = Dictionary(uniqueKeysWithValues: settings(of: handler).map { ($0.name, $0.setting) })
        for pair in entry.settings {
            let fault = settings[pair.key].map { $0.assign(pair.value) }
            precondition(fault == .some(nil), "\(entry.handler.name): \(pair.key) was not checked")
        }
        return handler
    }

    /// A type has a route when some handler answers it; on the way it passes every handler that looks at it.
    private static func routes(of plan: PipelinePlan) -> [String: [Int]] {
        let answered = plan.entries.filter { $0.handler.types.finishes }.flatMap { entry in
            (entry.handler.types.names ?? []).filter { takes(entry, $0) }
        }
        return Dictionary(
            uniqueKeysWithValues: Set(answered).map { type in
                (type, plan.entries.indices.filter { takes(plan.entries[$0], type) })
            })
    }

    private static func takes(_ entry: PipelinePlan.Entry, _ type: String) -> Bool {
        let own = entry.handler.types
        guard !own.takesFrames, own.names?.contains(type) ?? true else { return false }
        return entry.types?.contains(type) ?? true
    }
}

/// A handler that could not start, and why.
public struct StartFailure: Error, CustomStringConvertible {
    public let handler: String
    public let error: any Error

    init(handler: String, _ error: any Error) {
        self.handler = handler
        self.error = error
    }

    public var description: String { "\(handler) can't start: \(error)" }
}
