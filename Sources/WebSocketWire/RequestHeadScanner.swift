/// Checks the bytes of an HTTP/1 request head one by one, up to the empty line that ends it.
///
/// It refuses a request by the first byte that is wrong, so that whatever else speaks to this port (TLS, SSH, noise) is
/// known at once, and what it has passed needs no further check to be taken apart (RFC 9112, sections 2 to 5).
struct RequestHeadScanner: Sendable {
    /// Longer than any method there is; noise without a space ends here.
    static let maxMethodBytes = 32

    private enum Place: Sendable {
        case leadingLineEnd, method, targetStart, target, version, lineEnd
        case fieldStart, name, value, valueLineEnd, headLineEnd
    }

    private var place = Place.method
    /// Bytes in the method or the version so far.
    private var length = 0
    private var skippedLine = false
    private var major: UInt8 = 0
    /// Field lines so far.
    private(set) var fieldCount = 0

    /// - Returns: true when `byte` is the last one of the head.
    mutating func take(_ byte: UInt8) throws(HTTPFault) -> Bool {
        switch place {
        case .leadingLineEnd, .method: try takeMethod(byte)
        case .targetStart, .target: try takeTarget(byte)
        case .version: try takeVersion(byte)
        case .lineEnd, .valueLineEnd: try takeLineEnd(byte)
        case .fieldStart: try takeFieldStart(byte)
        case .name: try takeName(byte)
        case .value: try takeValue(byte)
        case .headLineEnd:
            try takeLineEnd(byte)
            return true
        }
        return false
    }

    private mutating func takeMethod(_ byte: UInt8) throws(HTTPFault) {
        if place == .leadingLineEnd {
            guard byte == .lineFeed else { throw .malformed("line break without line feed") }
            place = .method
        } else if byte == .carriageReturn, length == 0, !skippedLine {
            // One empty line before the request is allowed (RFC 9112, section 2.2).
            skippedLine = true
            place = .leadingLineEnd
        } else if byte == .space, length > 0 {
            place = .targetStart
        } else {
            guard byte.isTokenCharacter, length < Self.maxMethodBytes else { throw .malformed("not an HTTP request") }
            length += 1
        }
    }

    private mutating func takeTarget(_ byte: UInt8) throws(HTTPFault) {
        if byte == .space, place == .target {
            place = .version
            length = 0
        } else {
            guard 0x21...0x7E ~= byte, byte != UInt8(ascii: "#") else { throw .malformed("invalid request target") }
            place = .target
        }
    }

    private mutating func takeVersion(_ byte: UInt8) throws(HTTPFault) {
        switch length {
        case 5:
            guard byte.isASCIIDigit else { throw .malformed("invalid HTTP version") }
            major = byte
        case 7:
            guard byte.isASCIIDigit else { throw .malformed("invalid HTTP version") }
        case 8:
            guard byte == .carriageReturn else { throw .malformed("invalid HTTP version") }
            guard major == UInt8(ascii: "1") else {
                throw HTTPFault(status: .versionNotSupported, reason: "only HTTP/1.1 is spoken here")
            }
            place = .lineEnd
        default:
            guard byte == Self.versionPattern[length] else { throw .malformed("invalid HTTP version") }
        }
        length += 1
    }

    private static let versionPattern = Array("HTTP/1.1".utf8)

    private mutating func takeLineEnd(_ byte: UInt8) throws(HTTPFault) {
        guard byte == .lineFeed else { throw .malformed("line break without line feed") }
        place = .fieldStart
    }

    private mutating func takeFieldStart(_ byte: UInt8) throws(HTTPFault) {
        if byte == .carriageReturn {
            place = .headLineEnd
        } else {
            guard byte.isTokenCharacter else { throw .malformed("invalid header line") }
            fieldCount += 1
            place = .name
        }
    }

    private mutating func takeName(_ byte: UInt8) throws(HTTPFault) {
        if byte == UInt8(ascii: ":") {
            place = .value
        } else {
            guard byte.isTokenCharacter else { throw .malformed("invalid header name") }
        }
    }

    private mutating func takeValue(_ byte: UInt8) throws(HTTPFault) {
        if byte == .carriageReturn {
            place = .valueLineEnd
        } else {
            guard byte >= 0x20 && byte != 0x7F || byte == .tab else {
                throw .malformed("control character in a header")
            }
        }
    }
}

extension UInt8 {
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
}
