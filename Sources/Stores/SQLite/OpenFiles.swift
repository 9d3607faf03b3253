import GRDB
import RouterCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Sees to it that the files that are open are those that the next start is going to find.
///
/// What is written to a file that was removed, or has another one in its place, is gone with the process; and without the
/// lock another process may write, too. The system says nothing of either, so it is asked, at most once a second.
final class OpenFiles: Sendable {
    private let files: [(path: String, status: FileStatus)]
    private let now: @Sendable () -> Int64
    private let state = Mutex(State())

    private struct State {
        /// Unix seconds; nil when all is not well, and looked at each time.
        var lookedAt: Int64?
        var isMoved = false
        var isClosed = false
    }

    /// - Parameter now: Unix seconds.
    init(_ folder: DataFolder, _ lock: FolderLock, now: @escaping @Sendable () -> Int64) {
        let open = [folder.file, folder.file + "-wal", folder.file + "-shm"].map { ($0, FileStatus($0)) }
        files = (open + [(folder.lockFile, lock.status)]).compactMap { path, status in status.map { (path, $0) } }
        self.now = now
    }

    /// The journal is closed: its log is to go.
    func close() { state.withLock { $0.isClosed = true } }

    /// - Throws: which file is gone.
    func check() throws(JournalFailure) {
        let now = now()
        let gone = state.withLock { state -> String? in
            if state.lookedAt == now || state.isClosed { return nil }
            let gone = files.first { FileStatus($0.path)?.isSame(as: $0.status) != true }?.path
            state.lookedAt = gone == nil ? now : nil
            return gone
        }
        if let gone { throw JournalFailure("\(gone) was removed or replaced: put it back, or restart the router") }
    }

    /// The same, before something is written. Where it is the log that is gone, all of it is brought into the file, once.
    func check(_ database: Database) throws(JournalFailure) {
        do {
            try check()
            state.withLock { $0.isMoved = false }
        } catch {
            let isNew = state.withLock { state in
                defer { state.isMoved = true }
                return !state.isMoved
            }
            // What of it can't be brought over now is when the journal is closed.
            if isNew { _ = try? database.checkpoint(.full) }
            throw error
        }
    }
}

/// What the system says of a file.
struct FileStatus {
    private let device: dev_t
    private let number: ino_t
    let size: Int

    /// Nil when there is none.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    init?(_ descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    private init(_ status: stat) {
        (device, number, size) = (status.st_dev, status.st_ino, Int(status.st_size))
    }

    func isSame(as other: FileStatus) -> Bool { device == other.device && number == other.number }
}
