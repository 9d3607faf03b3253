#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif
import RouterCore

/// The folder with the file, which one process at a time may use.
struct DataFolder: Sendable {
    let path: String
    var file: String { path + "/router.db" }
    private var lockFile: String { path + "/router.lock" }

    /// Makes the folder, and those above it, unless they are there; only the server's own user may look into it.
    func create() throws(JournalFailure) {
        if isFolder(path) { return }
        try Self.make(path)
        Self.sync(Self.parent(of: path))
    }

    /// Keeps other processes away from the folder until the lock is let go, or this process has ended in whatever way.
    ///
    /// One that is just ending is waited for, for a second.
    func lock() throws(JournalFailure) -> FolderLock {
        let descriptor = try Self.open(lockFile, O_RDWR)
        var tries = 20
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let code = errno
            tries -= 1
            if code == EWOULDBLOCK, tries > 0 {
                usleep(50_000)
                continue
            }
            defer { close(descriptor) }
            guard code == EWOULDBLOCK else { throw JournalFailure("\(lockFile): locking it: \(words(code))") }
            throw JournalFailure("\(path): \(Self.holder(descriptor)) uses this folder already")
        }
        Self.write(String(getpid()) + "\n", to: descriptor)
        return FolderLock(descriptor)
    }

    /// SQLite gives the files beside it the same mode.
    func createFile() throws(JournalFailure) {
        close(try Self.open(file, O_RDWR))
    }

    private static func open(_ path: String, _ flags: Int32) throws(JournalFailure) -> Int32 {
        #if canImport(Darwin)
            let descriptor = Darwin.open(path, flags | O_CREAT | O_CLOEXEC, 0o600)
        #elseif canImport(Musl)
            let descriptor = Musl.open(path, flags | O_CREAT | O_CLOEXEC, 0o600)
        #else
            let descriptor = Glibc.open(path, flags | O_CREAT | O_CLOEXEC, 0o600)
        #endif
        if descriptor < 0 { throw JournalFailure("\(path): opening it: \(words(errno))") }
        return descriptor
    }

    private static func make(_ path: String) throws(JournalFailure) {
        if mkdir(path, 0o700) == 0 { return }
        let code = errno
        if code == EEXIST {
            if isFolder(path) { return }
            throw JournalFailure("\(path): this is no folder")
        }
        let above = parent(of: path)
        guard code == ENOENT && above != path else { throw JournalFailure("\(path): creating it: \(words(code))") }
        try make(above)
        if mkdir(path, 0o700) != 0 { throw JournalFailure("\(path): creating it: \(words(errno))") }
    }

    private static func parent(of path: String) -> String {
        var parts = path.split(separator: "/", omittingEmptySubsequences: true)
        _ = parts.popLast()
        if path.hasPrefix("/") { return "/" + parts.joined(separator: "/") }
        return parts.isEmpty ? "." : parts.joined(separator: "/")
    }

    /// What a folder lists is on disk once the folder itself is.
    private static func sync(_ folder: String) {
        guard let stream = opendir(folder) else { return }
        fsync(dirfd(stream))
        closedir(stream)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        // The number is for people only: a disk too full for it does not matter.
        guard ftruncate(descriptor, 0) == 0 else { return }
        _ = text.utf8.withContiguousStorageIfAvailable { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    }

    private static func holder(_ descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        let process = Int(String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self).prefix { $0 != "\n" })
        return process.map { "the process \($0)" } ?? "another process"
    }
}

/// The kernel lets go of it with the descriptor, however the process ends.
final class FolderLock: Sendable {
    private let descriptor: Int32
    init(_ descriptor: Int32) { self.descriptor = descriptor }
    deinit { close(descriptor) }
}

private func isFolder(_ path: String) -> Bool {
    guard let stream = opendir(path) else { return false }
    closedir(stream)
    return true
}

/// Of this thread.
var lastSystemCode: Int32 { errno }

func words(_ code: Int32) -> String { String(cString: strerror(code)) }
