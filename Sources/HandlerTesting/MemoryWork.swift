import NIOConcurrencyHelpers
import RouterCore
import RouterServer

/// Runs what handlers wait for on the thread that turns the loop, and keeps the answers until that takes them.
final class MemoryWork: BackgroundWork {
    private typealias Answer = (serial: Int, outcome: Result<any Sendable, any Error>)

    private let executor = CallerExecutor()
    private let answers = NIOLockedValueBox<[Answer]>([])
    private var waiting: [Int: (Result<any Sendable, any Error>) -> Void] = [:]
    private var tasks: [Int: Task<Void, Never>] = [:]

    /// Of those that run, the ones that nobody waits for.
    private var abandoned: Set<Int> = []

    /// Whether something runs whose answer somebody waits for.
    var isRunning: Bool { waiting.count > abandoned.count }

    func run(_ work: PendingWork, done: @escaping (Result<any Sendable, any Error>) -> Void) {
        let serial = work.ticket.serial
        waiting[serial] = done
        tasks[serial] = Task(executorPreference: executor) { [answers] in
            let outcome = await work.run()
            answers.withLockedValue { $0.append((serial, outcome)) }
        }
    }

    func cancel(_ ticket: WaitingTicket) {
        if waiting[ticket.serial] != nil { abandoned.insert(ticket.serial) }
        tasks[ticket.serial]?.cancel()
    }

    /// Cancels everything; what still ends is told to nobody.
    func stop() {
        waiting = [:]
        for task in tasks.values { task.cancel() }
        deliver()
    }

    /// Runs what can run now, and hands over the answers that are there.
    func deliver() {
        executor.runJobs()
        let answers = answers.withLockedValue { answers in
            defer { answers = [] }
            return answers
        }
        for answer in answers {
            tasks[answer.serial] = nil
            abandoned.remove(answer.serial)
            waiting.removeValue(forKey: answer.serial)?(answer.outcome)
        }
        if !answers.isEmpty { deliver() }
    }

    /// Waits a few seconds of real time for an answer.
    ///
    /// - Returns: whether one is there to be delivered.
    func awaitAnswer() -> Bool {
        executor.run(until: { answers.withLockedValue { !$0.isEmpty } })
        return answers.withLockedValue { !$0.isEmpty }
    }
}

extension Pipeline {
    /// The handlers of a plan, started on this thread.
    static func started(_ plan: PipelinePlan) throws -> Pipeline {
        let started = try CallerExecutor().wait {
            var pipeline = Pipeline(plan)
            try await pipeline.start()
            return Handover(pipeline)
        }
        guard let pipeline = started?.take() else { throw HandlerTimeout(doing: "start") }
        return pipeline
    }

    /// Stops those of the handlers that were started, on this thread.
    ///
    /// - Throws: when they have not stopped within 5 s.
    consuming func stopHere() throws {
        let handover = Handover(self)
        let stopped: Void? = try CallerExecutor().wait {
            if var pipeline = handover.take() { await pipeline.stop() }
        }
        guard stopped != nil else { throw HandlerTimeout(doing: "stop") }
    }
}

/// Handlers that were waited for in vain.
private struct HandlerTimeout: Error, CustomStringConvertible {
    let doing: String
    var description: String { "the handlers did not \(doing) within 5 s" }
}
