import NIOCore

/// Reads what a client gets: the answer to its handshake, and then frames. It knows RFC 6455 and nothing of the router.
struct FrameReader {
    enum Item: Equatable {
        /// The status of the answer to the handshake.
        case answer(Int)
        case text(String)
        case close(Int?)
        case ping
        case pong(String)
    }

    /// What no server may send.
    struct Breach: Error { let what: String }

    private var bytes = ByteBuffer()
    private var isOpen = false
    private var isClosed = false

    mutating func add(_ more: ByteBuffer) { bytes.writeImmutableBuffer(more) }

    /// Whether it stands in the middle of something.
    var isAmidst: Bool { bytes.readableBytes > 0 }

    mutating func next() throws -> Item? {
        guard bytes.readableBytes > 0 else { return nil }
        if isClosed { throw Breach(what: "bytes after a close frame, or after a refusal") }
        return isOpen ? try nextFrame() : try nextAnswer()
    }

    private mutating func nextAnswer() throws -> Item? {
        let text = String(buffer: bytes)
        guard let end = text.firstRange(of: "\r\n\r\n") else { return nil }
        let head = text[..<end.lowerBound]
        guard head.hasPrefix("HTTP/1.1 "), let status = Int(head.dropFirst(9).prefix(3)) else {
            throw Breach(what: "no HTTP: \(head.prefix(80))")
        }
        if status == 101 {
            guard head.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") else {
                throw Breach(what: "an upgrade for another key: \(head)")
            }
            isOpen = true
            bytes.moveReaderIndex(forwardBy: text[..<end.upperBound].utf8.count)
        } else {
            bytes.clear()
            isClosed = true
        }
        return .answer(status)
    }

    private mutating func nextFrame() throws -> Item? {
        var rest = bytes
        guard let first = rest.readInteger(as: UInt8.self), let second = rest.readInteger(as: UInt8.self) else {
            return nil
        }
        guard first & 0xF0 == 0x80 else { throw Breach(what: "a frame begins with \(first)") }
        guard second & 0x80 == 0 else { throw Breach(what: "a masked frame") }
        guard let length = try Self.length(Int(second), &rest), let payload = rest.readSlice(length: length) else {
            return nil
        }
        bytes = rest
        if bytes.readableBytes == 0 { bytes.clear() }
        return try item(Int(first & 0x0F), payload)
    }

    private static func length(_ short: Int, _ rest: inout ByteBuffer) throws -> Int? {
        switch short {
        case 126:
            guard let length = rest.readInteger(as: UInt16.self) else { return nil }
            guard length >= 126 else { throw Breach(what: "a length in too many bytes") }
            return Int(length)
        case 127:
            guard let length = rest.readInteger(as: UInt64.self) else { return nil }
            guard length >= 65_536, length < 1 << 30 else { throw Breach(what: "a length of \(length)") }
            return Int(length)
        default: return short
        }
    }

    private mutating func item(_ opcode: Int, _ payload: ByteBuffer) throws -> Item {
        if opcode >= 8, payload.readableBytes > 125 { throw Breach(what: "a long control frame") }
        switch opcode {
        case 1: return .text(try Self.text(payload))
        case 9: return .ping
        case 10: return .pong(try Self.text(payload))
        case 8:
            isClosed = true
            guard payload.readableBytes > 0 else { return .close(nil) }
            guard let code = payload.getInteger(at: payload.readerIndex, as: UInt16.self) else {
                throw Breach(what: "a close frame of one byte")
            }
            _ = try Self.text(
                payload.getSlice(at: payload.readerIndex + 2, length: payload.readableBytes - 2) ?? .init())
            return .close(Int(code))
        default: throw Breach(what: "a frame with opcode \(opcode)")
        }
    }

    private static func text(_ payload: ByteBuffer) throws -> String {
        guard let text = String(validating: payload.readableBytesView, as: UTF8.self) else {
            throw Breach(what: "no UTF-8")
        }
        return text
    }
}
