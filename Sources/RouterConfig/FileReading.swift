#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Why a file's text cannot be had.
enum ReadFault: Error {
    /// The system's reason, such as "no such file".
    case unreadable(String)
    case tooLarge
    /// The file as far as it can be shown, and the place of the first byte that is no UTF-8.
    case notUTF8(SourceFile, Span)
}

extension SourceFile {
    /// Longest configuration file, in bytes; it also bounds what diagnostics can cost.
    static let maxBytes = 1 << 20

    /// - Parameter name: a path as the user gave it, relative to the working directory.
    static func read(_ name: String) throws(ReadFault) -> SourceFile {
        let bytes = try readBytes(name)
        guard bytes.count <= maxBytes else { throw .tooLarge }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw notUTF8(name, bytes)
        }
        return SourceFile(name: name, text: text.withoutByteOrderMark)
    }

    private static func notUTF8(_ name: String, _ bytes: [UInt8]) -> ReadFault {
        let file = SourceFile(name: name, text: String(decoding: bytes, as: UTF8.self).withoutByteOrderMark)
        let before = SourceFile(name: name, text: validStart(of: bytes).withoutByteOrderMark)
        return .notUTF8(file, before.end)
    }

    private static func validStart(of bytes: [UInt8]) -> String {
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        var start = String.UnicodeScalarView()
        while case .scalarValue(let scalar) = decoder.decode(&iterator) { start.append(scalar) }
        return String(start)
    }
}

/// At most one byte more than a configuration file may have.
private func readBytes(_ path: String) throws(ReadFault) -> [UInt8] {
    guard !path.utf8.contains(0) else { throw .unreadable(reason(ENOENT)) }
    // Nobody may ever write to what is a pipe: opening one must not wait for that.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .unreadable(reason(errno)) }
    defer { close(descriptor) }
    if let kind = otherKind(descriptor) { throw .unreadable(kind) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count <= SourceFile.maxBytes {
        let count = read(descriptor, &chunk, chunk.count)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw .unreadable(reason(errno)) }
        guard count > 0 else { break }
        bytes += chunk[..<count]
    }
    return bytes
}

/// What is open there, unless it is a file that has an end.
private func otherKind(_ descriptor: Int32) -> String? {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return reason(errno) }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return nil
    case S_IFDIR: return reason(EISDIR)
    case S_IFIFO: return "it is a pipe"
    default: return "it is a device"
    }
}

/// What the system says of an error, in the words of the other diagnostics.
func reason(_ code: Int32) -> String {
    switch code {
    case ENOENT: "no such file"
    case EISDIR: "it is a directory"
    case EACCES, EPERM: "no permission to read it"
    default: String(cString: strerror(code)).lowercased()
    }
}

extension String {
    fileprivate var withoutByteOrderMark: String {
        unicodeScalars.first == "\u{FEFF}" ? String(unicodeScalars.dropFirst()) : self
    }
}

/// `config/../plugins.yaml` is `plugins.yaml` to whoever reads a diagnostic, unless a link makes it another file.
func shortened(_ path: String) -> String {
    let parts = path.split(separator: "/").reduce(into: [Substring]()) { parts, part in
        if part == "..", let last = parts.last, last != ".." { parts.removeLast() } else { parts.append(part) }
    }
    let short = (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
    var (before, after) = (stat(), stat())
    guard stat(path, &before) == 0, stat(short, &after) == 0 else { return path }
    return before.st_dev == after.st_dev && before.st_ino == after.st_ino ? short : path
}
