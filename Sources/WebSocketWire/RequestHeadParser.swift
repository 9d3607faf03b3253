import NIOCore

/// Reads HTTP/1 request heads, strictly as RFC 9112 has it: what two readers could take differently is refused.
public struct RequestHeadParser: Sendable {
    /// How much of a head is taken.
    public struct Limits: Sendable {
        /// Bytes of the whole head, request line included.
        public var maxHeaderBytes: Int
        /// Field lines in a head.
        public var maxHeaderCount: Int

        public init(maxHeaderBytes: Int = 8_192, maxHeaderCount: Int = 64) {
            self.maxHeaderBytes = maxHeaderBytes
            self.maxHeaderCount = maxHeaderCount
        }
    }

    public let limits: Limits
    private var scanner = RequestHeadScanner()
    /// Bytes at the start of the input that have been looked at, so that none is twice.
    private var scanned = 0

    public init(limits: Limits = Limits()) { self.limits = limits }

    /// Takes a head out of `input`, and leaves what follows it there.
    ///
    /// - Parameter input: the bytes received; while the head is incomplete they stay in it, and the next are appended.
    /// - Returns: nil when more bytes are needed.
    /// - Throws: 400 as soon as the bytes cannot be a request, 431 past the limits, 505 for another HTTP than 1.x. The
    ///   connection is then closed: a parser that threw is not called again.
    public mutating func next(_ input: inout ByteBuffer) throws(HTTPFault) -> RequestHead? {
        guard let size = try findEnd(input) else { return nil }
        let head = input.readSlice(length: size)!
        scanner = RequestHeadScanner()
        scanned = 0
        return try RequestLines(head).requestHead()
    }

    /// - Returns: the size of the head once it is whole.
    private mutating func findEnd(_ input: ByteBuffer) throws(HTTPFault) -> Int? {
        try input.withUnsafeReadableBytes { (bytes) throws(HTTPFault) in
            while scanned < bytes.count {
                let isLast = try scanner.take(bytes[scanned])
                scanned += 1
                guard scanned <= limits.maxHeaderBytes else { throw .tooLarge("over \(limits.maxHeaderBytes) bytes") }
                guard scanner.fieldCount <= limits.maxHeaderCount else {
                    throw .tooLarge("over \(limits.maxHeaderCount) lines")
                }
                if isLast { return scanned }
            }
            return nil
        }
    }
}

extension HTTPFault {
    fileprivate static func tooLarge(_ what: String) -> HTTPFault {
        HTTPFault(status: .headersTooLarge, reason: "request header \(what)")
    }
}

/// The lines of a head that the scanner has passed, and so knows to be well formed.
private struct RequestLines {
    private let lines: [Substring]

    init(_ head: ByteBuffer) {
        // By bytes: looking for characters takes many times as long.
        lines = String(buffer: head).utf8.split(separator: UInt8(ascii: "\n")).compactMap { line in
            line.count > 1 ? Substring(line.dropLast()) : nil
        }
    }

    func requestHead() throws(HTTPFault) -> RequestHead {
        let parts = lines[0].utf8.split(separator: UInt8(ascii: " ")).map { Substring($0) }
        let target = try RequestTarget(parts[1])
        var headers = HeaderFields(lines.dropFirst().map(field))
        let version = RequestHead.Version(major: 1, minor: Int(parts[2].utf8.last! - UInt8(ascii: "0")))
        try checkHost(headers, version)
        try checkBody(headers, version)
        guard headers.list("Expect").allSatisfy({ $0.equalsIgnoringCase("100-continue") }) else {
            throw HTTPFault(status: .expectationFailed, reason: "only 100-continue may be expected")
        }
        if let authority = target.authority { headers.replace("Host", with: authority) }
        return RequestHead(
            method: String(parts[0]), path: target.path, query: target.query, version: version, headers: headers)
    }

    private func field(_ line: Substring) -> HeaderFields.Field {
        let colon = line.utf8.firstIndex(of: UInt8(ascii: ":"))!
        let value = line[line.utf8.index(after: colon)...].trimmingOptionalWhitespace
        return HeaderFields.Field(String(line[..<colon]), String(value))
    }

    /// At most one length, of digits alone, or chunks: two readers must not take different bytes for the body
    /// (RFC 9112, section 6.3).
    private func checkBody(_ headers: HeaderFields, _ version: RequestHead.Version) throws(HTTPFault) {
        let lengths = headers.values("Content-Length")
        let isInChunks = !headers.values("Transfer-Encoding").isEmpty
        guard lengths.isEmpty || !isInChunks else { throw .malformed("both Content-Length and Transfer-Encoding") }
        guard lengths.count <= 1 else { throw .malformed("more than one Content-Length header") }
        guard lengths.allSatisfy({ $0.utf8.allSatisfy(\.isASCIIDigit) && Int($0) != nil }) else {
            throw .malformed("invalid Content-Length header")
        }
        guard version.minor > 0 || !isInChunks else { throw .malformed("Transfer-Encoding in HTTP/1.0") }
    }

    /// Exactly one, and a valid one (RFC 9112, section 3.2); HTTP/1.0 may do without.
    private func checkHost(_ headers: HeaderFields, _ version: RequestHead.Version) throws(HTTPFault) {
        let hosts = headers.values("Host")
        guard hosts.count == 1 || hosts.isEmpty && version.minor == 0 else {
            throw .malformed(hosts.isEmpty ? "no Host header" : "more than one Host header")
        }
        guard hosts.allSatisfy({ Authority($0) != nil }) else { throw .malformed("invalid Host header") }
    }
}
