import HandlerKit
import NIOCore
import RouterCore

/// What became of a message, for people and for programs.
struct Explanation {
    /// All of the pipeline, top to bottom.
    let handlers: [String]
    /// Those that the message's type passes through.
    let route: [String]
    let type: String
    /// Whether the pipeline is one that takes whole frames and reads no JSON.
    let takesFrames: Bool
    let trace: Trace
    let received: [Rehearsal.Received]

    // MARK: - For people

    var text: String {
        let width = (handlers.map(\.count).max() ?? 0) + 2
        let steps = handlers.flatMap { handler -> [String] in
            guard let call = call(of: handler) else { return [padded(handler, width) + notCalled(handler)] }
            return lines(call, width, call.outcome.words)
        }
        let hooks = trace.calls.filter { $0.reason != .message }.flatMap { call in
            lines(call, width, call.reason.words)
        }
        return (refusal + steps + hooks + [""] + receivers).joined(separator: "\n") + "\n"
    }

    /// The router itself refuses what is no request, before any handler sees it, and what a handler must not do.
    private var refusal: [String] {
        guard let refusal = trace.refusal, !trace.calls.contains(where: \.outcome.isRefusal) else { return [] }
        return ["the router refuses it: \(refusal.code.rawValue), \(refusal.message)", ""]
    }

    private func call(of handler: String) -> Trace.Call? {
        // One that had to wait was called twice: what it did in the end counts.
        trace.calls.last { $0.handler == handler && $0.reason == .message }
    }

    private func notCalled(_ handler: String) -> String {
        guard !takesFrames else { return "takes whole frames" }
        guard route.contains(handler) else { return type.isEmpty ? "not reached" : "does not take \(type)" }
        guard let last = trace.calls.last(where: { $0.reason == .message })?.handler else { return "not reached" }
        return "not reached: the message ended at \(last)"
    }

    private func lines(_ call: Trace.Call, _ width: Int, _ words: String) -> [String] {
        let indent = String(repeating: " ", count: width)
        let changes = call.changes.map { "\(indent)changes \($0.field) to \($0.text)" }
        return [padded(call.handler, width) + words] + changes + call.effects.map { indent + $0 }
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private var receivers: [String] {
        received.flatMap { user -> [String] in
            let closing = user.closing.map { ["\(user.user) is closed with \($0.number)"] } ?? []
            let frames = user.frames.map { "\(user.user) gets \($0)" }
            return frames.isEmpty && closing.isEmpty ? ["\(user.user) gets nothing"] : frames + closing
        }
    }

    // MARK: - For programs

    var json: JSONMembers {
        [
            "type": type,
            "handlers": handlers.map { handler -> JSONMembers in
                let call = call(of: handler)
                return [
                    "name": handler, "takes": route.contains(handler), "called": call != nil,
                    "outcome": call?.outcome.name, "changes": call.map(changes) ?? [], "effects": call?.effects ?? [],
                ]
            },
            "hooks": trace.calls.filter { $0.reason != .message }.map { call -> JSONMembers in
                ["name": call.handler, "hook": call.reason.words, "effects": call.effects]
            },
            "error": trace.refusal.map { ["code": $0.code.rawValue, "message": $0.message] as JSONMembers },
            "received": received.map { user -> JSONMembers in
                [
                    "user": user.user,
                    "frames": user.frames.map { takesFrames ? $0.asJSONString : JSONRaw(verbatim: .init(string: $0)) },
                    "close": user.closing.map { $0.number },
                ]
            },
        ]
    }

    private func changes(_ call: Trace.Call) -> [JSONMembers] {
        call.changes.map { ["field": $0.field, "text": JSONRaw(verbatim: .init(string: $0.text))] }
    }
}

extension String {
    fileprivate var asJSONString: JSONRaw { JSONRaw(verbatim: ByteBuffer(bytes: JSONText.encode(self))) }
}

extension Trace.Outcome {
    fileprivate var isRefusal: Bool { if case .rejected = self { true } else { false } }

    fileprivate var name: String {
        switch self {
        case .passed: "passes"
        case .handled: "ends"
        case .waits: "waits"
        case .told: "told"
        case .rejected(let rejection): rejection.code == .internalError ? "fails" : "refuses"
        }
    }

    fileprivate var words: String {
        switch self {
        case .passed: "passes it on"
        case .handled: "ends it"
        case .waits: "waits"
        case .told: "is told"
        case .rejected(let rejection): "refuses it: \(rejection.code.rawValue), \(rejection.message)"
        }
    }
}

extension Trace.Reason {
    fileprivate var words: String {
        switch self {
        case .message: "gets the message"
        case .hook(let hook): "is told: \(hook)"
        }
    }
}
