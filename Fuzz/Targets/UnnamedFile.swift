import Foundation

/// A file without a name, so that nothing of it stays behind, whatever happens to the process.
struct UnnamedFile: Sendable {
    private let descriptor: Int32

    /// Where the process itself finds it.
    var path: String { "/dev/fd/\(descriptor)" }

    init() throws {
        let folder = FileManager.default.temporaryDirectory.path
        var template = Array("\(folder)/router-fuzz-\(String(repeating: "X", count: 6))".utf8CString)
        descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw BrokenRule("no temporary file in \(folder)") }
        unlink(template)
    }

    func replace(with bytes: [UInt8]) throws {
        // Never cut to nothing first: ext4 takes that for a file that is replaced, and waits for the disk when it is closed.
        // Where opening it again shares the place, reading begins at the start.
        guard pwrite(descriptor, bytes, bytes.count, 0) == bytes.count, ftruncate(descriptor, off_t(bytes.count)) == 0,
            lseek(descriptor, 0, SEEK_SET) == 0
        else { throw BrokenRule("a temporary file cannot be written") }
    }
}
