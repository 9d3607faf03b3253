import RouterCore
import Synchronization

/// Calls somebody once a minute.
final class Sweeps: Sendable {
    private let task = Mutex<Task<Void, Never>?>(nil)

    func start(_ sweep: @escaping @Sendable () -> Void) {
        let task = Task {
            while (try? await Task.sleep(for: .seconds(60))) != nil { sweep() }
        }
        self.task.withLock { $0 = task }
    }

    func stop() { task.withLock { $0?.cancel() } }

    deinit { stop() }
}

/// A lock that is let go of once.
final class HeldLock: Sendable {
    private let lock: Mutex<FolderLock?>

    init(_ lock: FolderLock) { self.lock = Mutex(lock) }

    func letGo() { lock.withLock { $0 = nil } }
}
