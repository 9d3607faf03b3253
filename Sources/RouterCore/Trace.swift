public import HandlerKit
import NIOCore

/// What happens to one message, as it happens: for `router explain`, and only kept while somebody asks for it.
public struct Trace: Sendable {
    /// A handler that was called, in the order of the calls.
    public struct Call: Sendable {
        public let handler: String
        public let reason: Reason
        public internal(set) var outcome: Outcome
        /// The string fields that it changed, and what they say now.
        public internal(set) var changes: [(field: String, text: String)] = []
        public internal(set) var effects: [String] = []
    }

    /// Why a handler was called.
    public enum Reason: Sendable, Equatable {
        case message
        case hook(String)
    }

    /// What a handler made of it.
    public enum Outcome: Sendable {
        case passed, handled, waits, told
        case rejected(Rejection)
    }

    public internal(set) var calls: [Call] = []
    /// The error that the sender got, when the message was refused, by a handler or before any.
    public internal(set) var refusal: Rejection?
}

extension Router {
    /// Calls a handler, and notes what it does.
    mutating func handleTraced(with index: Int) throws(Rejection) -> Flow {
        let earlier = (effects: context.effects.count, texts: message.replacedTexts)
        var entry = Trace.Call(handler: pipeline.name(of: index), reason: .message, outcome: .passed)
        defer {
            entry.changes = message.replacedTexts.filter { text in
                !earlier.texts.contains { $0.field == text.field && $0.text == text.text }
            }
            entry.effects = context.effects.dropFirst(earlier.effects).map { effect in described(effect) }
            trace?.calls.append(entry)
        }
        do throws(Rejection) {
            let flow = try call(index)
            entry.outcome = flow == .pass ? .passed : flow == .handled ? .handled : .waits
            return flow
        } catch {
            entry.outcome = .rejected(error)
            throw error
        }
    }

    /// Notes that a handler was told of something, and what it said to that.
    mutating func note(_ hook: String, _ index: Int, effectsFrom first: Int) {
        guard trace != nil, context.effects.count > first else { return }
        let effects = context.effects.dropFirst(first).map { effect in described(effect) }
        var call = Trace.Call(handler: pipeline.name(of: index), reason: .hook(hook), outcome: .told)
        call.effects = effects
        trace?.calls.append(call)
    }

    /// An effect in words.
    private func described(_ effect: Effect) -> String {
        func name(_ scope: Scope) -> String {
            scope.number.map { context.rooms.names[$0] } ?? "a room that there is not"
        }
        func text(_ range: Range<Int>) -> String { String(buffer: context.content(range)) }
        func extra(_ range: Range<Int>?) -> String { range.map { " and \(text($0))" } ?? "" }
        switch effect {
        case .send(let type, let content, let more, let place):
            let words = place.id == context.sender.id ? "reply" : "send to User\(place.id):"
            return "\(words) \(type) \(text(content))\(extra(more))"
        case .share(let type, let content, let more, _):
            return "reply \(type) \(String(buffer: content))\(extra(more))"
        case .tellLater(let type, _, let more, _): return "reply \(type), as soon as it is there,\(extra(more))"
        case .announce(let type, let content, let more, let origin, let scope, let isDroppable):
            let place = if case .whole = scope { "on the server" } else { "in \(name(scope))" }
            let from = origin == .system ? " as System" : ""
            let dropped = isDroppable ? ", but to those who are behind" : ""
            return "announce \(type) \(text(content))\(extra(more)) \(place)\(from)\(dropped)"
        case .post(let type, let content, let scope):
            let place = if case .whole = scope { "" } else { " in \(name(scope))" }
            return "post \(type) \(text(content))\(place)"
        case .privateMessage(let content, let place): return "send privately to User\(place.id) \(text(content))"
        case .rename(let name): return "rename to \(name)"
        case .join(let room, let staying):
            return "join \(name(room))\(staying ? "" : ", leaving all others")"
        case .leave(let room): return "leave \(name(room))"
        case .close(let place, let rejection): return "close User\(place.id): \(rejection.code.rawValue)"
        case .wake(let delay, _): return "wake after \(delay.settingText)"
        case .frame(let frame): return "send a whole \(frame.isText ? "text" : "binary") frame"
        }
    }
}
