import NIOCore
import TestSupport

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
    struct Breach: Error {
        var kind = Violation.Kind.bytes
        let what: String
    }

    /// What the client has said of compression; nil when nothing may come of it.
    private let offer: Offer?
    private let deflate: ClientDeflate
    /// The window that the server has to keep to, in bits; nil when nothing is agreed on.
    private(set) var windowBits: Int?
    /// Messages that came compressed.
    private(set) var compressed = 0
    private var bytes = ByteBuffer()
    private var isOpen = false
    private var isClosed = false

    init(_ offer: Offer?, _ deflate: ClientDeflate) { (self.offer, self.deflate) = (offer, deflate) }

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
            try agree(head)
            isOpen = true
            bytes.moveReaderIndex(forwardBy: text[..<end.upperBound].utf8.count)
        } else {
            bytes.clear()
            isClosed = true
        }
        return .answer(status)
    }

    private mutating func agree(_ head: Substring) throws {
        let name = "Sec-WebSocket-Extensions: "
        let fields = head.split(separator: "\r\n").filter { $0.hasPrefix(name) }.map { $0.dropFirst(name.count) }
        guard fields.count == (offer == nil ? 0 : 1), fields.allSatisfy({ offer?.isAnswered(by: String($0)) == true })
        else { throw Breach(kind: .compression, what: "\(fields) for \(offer?.text ?? "no offer")") }
        windowBits = offer?.windowBits
    }

    private mutating func nextFrame() throws -> Item? {
        var rest = bytes
        guard let first = rest.readInteger(as: UInt8.self), let second = rest.readInteger(as: UInt8.self) else {
            return nil
        }
        let isCompressed = first == 0xC1
        if isCompressed, windowBits == nil {
            throw Breach(kind: .compression, what: "a compressed message, and nothing was agreed on")
        }
        guard first & 0xF0 == 0x80 || isCompressed else { throw Breach(what: "a frame begins with \(first)") }
        guard second & 0x80 == 0 else { throw Breach(what: "a masked frame") }
        guard let length = try Self.length(Int(second), &rest), let payload = rest.readSlice(length: length) else {
            return nil
        }
        bytes = rest
        if bytes.readableBytes == 0 { bytes.clear() }
        return try item(Int(first & 0x0F), isCompressed ? try inflated(payload) : payload)
    }

    private mutating func inflated(_ payload: ByteBuffer) throws -> ByteBuffer {
        compressed += 1
        do {
            return ByteBuffer(
                bytes: try deflate.inflated(Array(payload.readableBytesView), windowBits: windowBits ?? 15))
        } catch let fault as ClientDeflate.Fault {
            throw Breach(kind: .compression, what: fault.what)
        }
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
