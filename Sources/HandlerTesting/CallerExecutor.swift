import Foundation
import NIOConcurrencyHelpers

/// Runs tasks on the thread that asks for it: a test that waits for a task does not keep a thread from it.
final class CallerExecutor: TaskExecutor {
    private let condition = NSCondition()
    private let jobs = NIOLockedValueBox<[UnownedJob]>([])

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        condition.lock()
        jobs.withLockedValue { $0.append(job) }
        condition.signal()
        condition.unlock()
    }

    /// Runs what can run now, and what that leads to.
    func runJobs() {
        while let job = next() { job.runSynchronously(on: asUnownedTaskExecutor()) }
    }

    /// Runs jobs until something is true.
    ///
    /// - Parameter seconds: of real time after which it gives up.
    func run(until isDone: () -> Bool, seconds: Double = 5) {
        let end = Date(timeIntervalSinceNow: seconds)
        runJobs()
        while !isDone(), awaitJob(until: end) { runJobs() }
    }

    /// Does something that waits, on this thread.
    ///
    /// - Returns: nil when it is not done within 5 s of real time.
    /// - Throws: what it throws.
    func wait<Value: Sendable>(for body: @escaping @Sendable () async throws -> Value) throws -> Value? {
        let result = NIOLockedValueBox<Result<Value, any Error>?>(nil)
        Task(executorPreference: self) {
            let done: Result<Value, any Error>
            do { done = .success(try await body()) } catch { done = .failure(error) }
            result.withLockedValue { $0 = done }
        }
        run(until: { result.withLockedValue { $0 != nil } })
        return try result.withLockedValue { $0 }?.get()
    }

    private func next() -> UnownedJob? { jobs.withLockedValue { $0.isEmpty ? nil : $0.removeFirst() } }

    /// - Returns: false when none has come in time.
    private func awaitJob(until end: Date) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        while jobs.withLockedValue(\.isEmpty) {
            if !condition.wait(until: end) { return false }
        }
        return true
    }
}
