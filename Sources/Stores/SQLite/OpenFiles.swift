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
    private let log: String
    private let now: @Sendable () -> Int64
    private let state = Mutex(State())

    private struct State {
        /// Unix seconds; nil when all is not well, and looked at each time.
        var lookedAt: Int64?
        /// Whether the log was seen to be gone.
        var isLogSaved = false
        var isClosed = false
    }

    /// - Parameter now: Unix seconds.
    init(_ folder: DataFolder, _ lock: FolderLock, now: @escaping @Sendable () -> Int64) {
        (log, self.now) = (folder.file + "-wal", now)
        let open = [folder.file, log, folder.file + "-shm"].map { ($0, FileStatus($0)) }
        files = (open + [(folder.lockFile, lock.status)]).compactMap { path, status in status.map { (path, $0) } }
    }

    /// The journal is closed: its log is to go.
    func close() { state.withLock { $0.isClosed = true } }

    /// - Throws: which file is gone.
    func check() throws(JournalFailure) {
        guard let gone = gone().first else { return }
        throw JournalFailure("\(gone) was removed or replaced: put it back, or restart the router")
    }

    /// The same, before something is written. Where it is the log alone that is gone, all of it is brought into the file.
    func check(_ database: Database) throws(JournalFailure) {
        do { try check() } catch {
            let isNew = state.withLock { state in
                defer { state.isLogSaved = true }
                return !state.isLogSaved
            }
            // What of it can't be brought over now is when the journal is closed.
            if isNew, gone() == [log] { _ = try? database.checkpoint(.full) }
            throw error
        }
        state.withLock { $0.isLogSaved = false }
    }

    /// Asks the system, which may take its time, without anybody waiting for that who need not.
    private func gone() -> [String] {
        let now = now()
        if state.withLock({ $0.lookedAt == now || $0.isClosed }) { return [] }
        let gone = files.filter { $0.status.isElsewhere(than: $0.path) }.map(\.path)
        state.withLock { $0.lookedAt = gone.isEmpty ? now : nil }
        return gone
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

    /// Whether the path leads to nothing, or to another file; what can't be told is not.
    func isElsewhere(than path: String) -> Bool {
        if let found = FileStatus(path) { return device != found.device || number != found.number }
        return lastSystemCode == ENOENT || lastSystemCode == ENOTDIR
    }
}
