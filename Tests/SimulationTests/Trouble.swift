import HandlerKit
@testable import HandlerTesting
@testable import RouterCore
import RouterServer
import Seeds

/// What a handler or a store throws that has failed.
struct SimulatedFailure: Error {}

/// Throws or waits where a message asks for it: `"trouble":"throw"`, `"trouble":"wait"`.
struct Trouble: AsyncHandler {
    static let name = "trouble"
    static let summary = "Throws or waits where a message asks for it."
    static let types = MessageTypes.passing("message", "private_message", "image", "set_name", "typing")

    func work(for message: Message, _ context: borrowing Context) throws -> Work<Int> {
        switch try message.string("trouble") {
        case "throw": throw SimulatedFailure()
        case "wait": .waiting { 0 }
        default: .ready(0)
        }
    }

    func handle(_ message: inout Message, _ answer: Int, _ context: inout Context) throws -> Flow { .pass }
}

/// The archive in memory, but older pages have to be waited for.
struct SlowArchive: PostArchive {
    let windows: any PostArchive

    func page(of room: String, before: Int64, limit: Int, maxBytes: Int) -> Work<[KeptPost]> {
        let page = windows.page(of: room, before: before, limit: limit, maxBytes: maxBytes)
        guard before < .max, case .ready(let posts) = page else { return page }
        return .waiting { posts }
    }

    func newest(in room: String) -> Int64 { windows.newest(in: room) }
}

/// Keeps what handlers wait for until the seed has it answered, or fail.
final class SimulatedWork: BackgroundWork {
    private typealias Done = (Result<any Sendable, any Error>) -> Void

    private let executor = CallerExecutor()
    private var waiting: [(work: PendingWork, done: Done)] = []
    private(set) var cancelled = 0

    var count: Int { waiting.count }

    func run(_ work: PendingWork, done: @escaping (Result<any Sendable, any Error>) -> Void) {
        waiting.append((work, done))
    }

    /// It still has to be answered, as a task has that is cancelled.
    func cancel(_ ticket: WaitingTicket) { cancelled += 1 }

    /// One of those that wait is through, in whichever order.
    func answer(_ random: inout Seeded, failing: Bool) throws {
        guard !waiting.isEmpty else { return }
        let (work, done) = waiting.remove(at: Int.random(in: 0..<waiting.count, using: &random))
        // What a room is to have again is read for nobody in particular.
        if failing, work.ticket.session != 0 { return done(.failure(SimulatedFailure())) }
        // None of these closures really waits, so this returns at once, on this thread.
        guard let outcome = try executor.wait(for: { await work.run() }) else { throw SimulatedFailure() }
        done(outcome)
    }
}
