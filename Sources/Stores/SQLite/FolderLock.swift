#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Keeps other processes away from the folder. The kernel lets go of it with the descriptor, however the process ends.
///
/// The file says which process it is, for people, and how often the journal has been opened, which `router.db` says, too:
/// one that says less is an older one, or has lost the log beside it.
final class FolderLock: Sendable {
    /// What `router.db` has to say at least; 0 when nothing was ever opened here.
    let openings: Int32
    private let descriptor: Int32

    /// - Parameter descriptor: of the file, locked; closed with this.
    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        openings = Self.numbers(descriptor).dropFirst().first ?? 0
        write(openings)
    }

    deinit { close(descriptor) }

    /// - Parameter openings: what `router.db` says from now on, on disk.
    func write(_ openings: Int32) {
        // A disk too full for it leaves what stood there: less is said then of what `router.db` has to say.
        // Always as many bytes, written at once: the end of what stood there before is never taken for a part of it.
        let text = [getpid(), openings].map { number in
            let digits = String(number)
            return String(repeating: "0", count: max(0, 10 - digits.count)) + digits + "\n"
        }.joined()
        _ = text.utf8.withContiguousStorageIfAvailable { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    }

    /// What the file is that is locked.
    var status: FileStatus? { FileStatus(descriptor) }

    /// Who has locked the file.
    static func holder(_ descriptor: Int32) -> String {
        numbers(descriptor).first.map { "the process \($0)" } ?? "another process"
    }

    private static func numbers(_ descriptor: Int32) -> [Int32] {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        let text = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
        return text.split(separator: "\n").prefix { Int32($0) != nil }.compactMap { Int32($0) }
    }
}
