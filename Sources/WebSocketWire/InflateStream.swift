import CZlib
import NIOCore

/// zlib's state for the message that is being inflated (RFC 7692, section 7.2.2).
final class InflateStream {
    /// What the sender has taken off the end of every message (section 7.2.1): 00 00 FF FF.
    private static let tail = UInt32(0x0000_FFFF).bigEndian

    // zlib's state points back at it: it must not move.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

    init() {
        stream.initialize(to: z_stream())
        let status = inflateInit2_(stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "no memory for zlib")
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Forgets the message before.
    func begin() { inflateReset(stream) }

    /// The message has no more bytes.
    func finish(_ inflated: inout InflatedMessage) throws(WebSocketFault) {
        let isWhole = try withUnsafeBytes(of: Self.tail) { (tail) throws(WebSocketFault) in try feed(tail, &inflated) }
        guard isWhole else { throw .notDeflated }
    }

    /// Inflates the next bytes of the message.
    ///
    /// - Returns: whether a block of deflate ends with the last of these bytes.
    /// - Throws: 1007 for what is no deflate data; and what `InflatedMessage` throws.
    @discardableResult
    func feed(
        _ input: UnsafeRawBufferPointer, _ inflated: inout InflatedMessage
    ) throws(WebSocketFault) -> Bool {
        stream.pointee.next_in = input.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_in = UInt32(input.count)
        var endsBlock = false
        repeat {
            var status = Z_OK
            try inflated.append { room in
                stream.pointee.next_out = room.bindMemory(to: UInt8.self).baseAddress
                stream.pointee.avail_out = UInt32(room.count)
                status = CZlib.inflate(stream, Z_SYNC_FLUSH)
                return room.count - Int(stream.pointee.avail_out)
            }
            switch status {
            case Z_OK: endsBlock = stream.pointee.data_type & 0x80 != 0
            case Z_STREAM_END:
                // A block that says it is the last: the next one begins with the next byte (section 7.2.3.4).
                endsBlock = true
                inflateResetKeep(stream)
            case Z_BUF_ERROR: return endsBlock  // nothing came of it: the input is used up, and all of it is written
            default: throw .notDeflated
            }
        } while stream.pointee.avail_in > 0 || stream.pointee.avail_out == 0
        return endsBlock
    }
}

/// What a message becomes as it is inflated: its bytes so far, or, when it is too large, only their count.
struct InflatedMessage {
    /// Room that is made for further bytes at a time.
    private static let piece = 16 << 10

    private(set) var bytes: ByteBuffer
    private(set) var count = 0
    private let isText: Bool
    private let limits: FrameDecoder.Limits
    private var utf8 = UTF8Validator()

    init(in storage: ByteBuffer = ByteBuffer(), isText: Bool, limits: FrameDecoder.Limits) {
        (bytes, self.isText, self.limits) = (storage, isText, limits)
        bytes.clear()
    }

    var isTooLarge: Bool { count > limits.maxMessageBytes }

    /// Gives room for some more bytes, at least one, and takes what is written there.
    ///
    /// - Parameter write: returns the number of bytes written from the room's start.
    /// - Throws: 1007 for text that is not UTF-8; 1009 past `maxFrameBytes`.
    mutating func append(_ write: (UnsafeMutableRawBufferPointer) -> Int) throws(WebSocketFault) {
        if isTooLarge { bytes.clear() }
        // One byte more than is allowed tells that there is too much.
        let most = min(
            limits.maxFrameBytes &+ 1 &- count, isTooLarge ? Self.piece : limits.maxMessageBytes &+ 1 &- count)
        var isValid = true
        count &+= bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: min(most, Self.piece)) { space in
            let room = UnsafeMutableRawBufferPointer(rebasing: space.prefix(most))
            let written = write(room)
            if isText { isValid = utf8.validate(UnsafeRawBufferPointer(rebasing: room.prefix(written))) }
            return written
        }
        guard isValid else { throw .textNotUTF8 }
        guard count <= limits.maxFrameBytes else { throw .frameTooBig(limit: limits.maxFrameBytes) }
    }

    func finish() throws(WebSocketFault) {
        guard !isText || utf8.isComplete else { throw .textNotUTF8 }
    }
}
