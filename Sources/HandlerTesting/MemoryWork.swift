import Dispatch
import NIOConcurrencyHelpers
import RouterCore
import RouterServer

/// Runs what handlers wait for in tasks, and keeps the answers until whoever turns the loop takes them.
final class MemoryWork: BackgroundWork {
    private typealias Answer = (serial: Int, outcome: Result<any Sendable, any Error>)

    private let answers = NIOLockedValueBox<[Answer]>([])
    private let arrived = DispatchSemaphore(value: 0)
    private var waiting: [Int: (Result<any Sendable, any Error>) -> Void] = [:]
    private var tasks: [Int: Task<Void, Never>] = [:]

    /// Whether something runs whose answer has not been taken.
    var isRunning: Bool { !waiting.isEmpty }

    /// Whether an answer is there to be delivered.
    var hasAnswer: Bool { answers.withLockedValue { !$0.isEmpty } }

    func run(_ work: PendingWork, done: @escaping (Result<any Sendable, any Error>) -> Void) {
        let serial = work.ticket.serial
        waiting[serial] = done
        tasks[serial] = Task { [answers, arrived] in
            let outcome = await work.run()
            answers.withLockedValue { $0.append((serial, outcome)) }
            arrived.signal()
        }
    }

    func cancel(_ ticket: WaitingTicket) { tasks[ticket.serial]?.cancel() }

    /// Hands over the answers that are there.
    func deliver() {
        let answers = answers.withLockedValue { answers in
            defer { answers = [] }
            return answers
        }
        for answer in answers {
            tasks[answer.serial] = nil
            waiting.removeValue(forKey: answer.serial)?(answer.outcome)
        }
    }

    /// Waits a few seconds of real time for an answer.
    func awaitAnswer() { _ = arrived.wait(timeout: .now() + .seconds(5)) }
}

extension Pipeline {
    /// The handlers of a plan, started; waits for them on this thread.
    static func started(_ plan: PipelinePlan) throws -> Pipeline {
        let done = DispatchSemaphore(value: 0)
        let result = NIOLockedValueBox<Result<Handover, any Error>?>(nil)
        Task.detached {
            var pipeline = Pipeline(plan)
            do {
                try await pipeline.start()
                let handover = Handover(pipeline)
                result.withLockedValue { $0 = .success(handover) }
            } catch {
                result.withLockedValue { $0 = .failure(error) }
            }
            done.signal()
        }
        done.wait()
        return try result.withLockedValue { $0 }?.get().take() ?? Pipeline(PipelinePlan())
    }
}
