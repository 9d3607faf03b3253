import HandlerKit
import RouterCore
import RouterServer
import NIOConcurrencyHelpers
import TestSupport

/// Answers when the test has it answered.
struct Slow: AsyncHandler {
    static let name = "slow"
    static let summary = ""
    static let types: MessageTypes = ["slow"]
    func work(for message: Message, _ context: borrowing Context) throws -> Work<String> { .waiting { "unused" } }
    func handle(_ message: inout Message, _ answer: String, _ context: inout Context) throws -> Flow {
        if let content = try message.text("content") { context.post("slow", content) }
        return .handled
    }
}

/// Keeps what handlers want to wait for until the test says how it ended.
final class HeldWork: BackgroundWork {
    private(set) var waiting: [(work: PendingWork, done: (Result<any Sendable, any Error>) -> Void)] = []
    private(set) var cancelled: [WaitingTicket] = []

    func run(_ work: PendingWork, done: @escaping (Result<any Sendable, any Error>) -> Void) {
        waiting.append((work, done))
    }

    func cancel(_ ticket: WaitingTicket) { cancelled.append(ticket) }

    /// The oldest one ends.
    func answer() {
        guard !waiting.isEmpty else { return }
        waiting.removeFirst().done(.success("answer"))
    }
}

/// Lets nobody through who waits at it until it is opened.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = NIOLockedValueBox(State())

    func open() {
        let waiting = state.withLockedValue { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func pass() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLockedValue { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}

/// Waits at the gate that the message names; one who is cancelled there opens it.
struct Gated: AsyncHandler {
    static let name = "gated"
    static let summary = ""
    static let types: MessageTypes = ["gated"]
    /// By the test's name: handlers are made without arguments.
    static let gates = NIOLockedValueBox<[String: Gate]>([:])

    static func gate(_ name: String) -> Gate {
        gates.withLockedValue { gates in
            let gate = gates[name] ?? Gate()
            gates[name] = gate
            return gate
        }
    }

    func work(for message: Message, _ context: borrowing Context) throws -> Work<Void> {
        let gate = Self.gate(try message.string("gate") ?? "")
        return .waiting {
            await withTaskCancellationHandler {
                await gate.pass()
            } onCancel: {
                gate.open()
            }
        }
    }

    func handle(_ message: inout Message, _ answer: Void, _ context: inout Context) throws -> Flow {
        if let content = try message.text("content") { context.post("gated", content) }
        return .handled
    }
}
