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
    var lockFile: String { path + "/router.lock" }

    /// Makes the folder, and those above it, unless they are there; only the server's own user may look into it.
    ///
    /// - Returns: whether it was not there.
    func create() throws(JournalFailure) -> Bool {
        if isFolder(path) { return false }
        return try Self.make(path)
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
            throw JournalFailure("\(path): \(FolderLock.holder(descriptor)) uses this folder already")
        }
        return FolderLock(descriptor)
    }

    /// SQLite gives the files beside it the same mode.
    ///
    /// - Parameter isNew: whether there need not be one. SQLite would begin anew in an empty one, and remove its log.
    func createFile(isNew: Bool) throws(JournalFailure) {
        if !isNew, FileStatus(file)?.size ?? 0 == 0 {
            throw JournalFailure("\(file): it is missing: put it back, or delete the folder to begin anew")
        }
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

    /// As `mkdir -p` does, also where a part of the path is `..`.
    private static func make(_ path: String) throws(JournalFailure) -> Bool {
        var code = mkdir(path, 0o700) == 0 ? 0 : errno
        if code == ENOENT, case let above = parent(of: path), above != path {
            _ = try make(above)
            code = mkdir(path, 0o700) == 0 ? 0 : errno
        }
        if code == EEXIST {
            if isFolder(path) { return false }
            throw JournalFailure("\(path): this is no folder")
        }
        if code != 0 { throw JournalFailure("\(path): creating it: \(words(code))") }
        sync(parent(of: path))
        return true
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
}

private func isFolder(_ path: String) -> Bool {
    guard let stream = opendir(path) else { return false }
    closedir(stream)
    return true
}

/// Of this thread.
var lastSystemCode: Int32 { errno }

func words(_ code: Int32) -> String { String(cString: strerror(code)) }
