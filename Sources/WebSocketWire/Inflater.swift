import CZlib
import NIOCore

/// Inflates the messages of permessage-deflate (RFC 7692, section 7.2.2), each from its first byte to its last in one go.
///
/// As no message refers to an earlier one, a single inflater serves all connections of a thread. Between messages it holds
/// zlib's state (some 40 KiB) and at most `mostKept` bytes of storage for the next.
public final class Inflater {
    /// What a message has become.
    package enum Outcome: Equatable {
        /// A text's bytes are valid UTF-8.
        case message(ByteBuffer)
        /// It is larger than is delivered: so many bytes.
        case tooLarge(bytes: Int)
    }

    /// Storage that is kept for the next message.
    static let mostKept = 64 << 10
    /// What the sender has taken off the end of every message (section 7.2.1).
    private static let tail = UInt32(0x0000_FFFF).bigEndian

    // zlib's state points back at it: it must not move.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private var storage = ByteBuffer()

    public init() {
        stream.initialize(to: z_stream())
        let status = inflateInit2_(stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "no memory for zlib")
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Bytes of memory held besides zlib's.
    var heldBytes: Int { storage.storageCapacity }

    /// Inflates a message, which is stopped as soon as it is more than `limits` allow.
    ///
    /// The buffer that comes back is the inflater's own: drop it before the next call and its memory is used again.
    ///
    /// - Parameter message: the payload of all frames of the message, unmasked.
    /// - Throws: 1007 for what is no whole deflate data, and for text that is not UTF-8; 1009 past `maxFrameBytes`.
    package func inflate(
        _ message: UnsafeRawBufferPointer, isText: Bool, limits: FrameDecoder.Limits
    ) throws(WebSocketFault) -> Outcome {
        inflateReset(stream)
        var inflated = InflatedMessage(in: takeStorage(), isText: isText, limits: limits)
        _ = try feed(message, &inflated)
        let isWhole = try withUnsafeBytes(of: Self.tail) { (tail) throws(WebSocketFault) in try feed(tail, &inflated) }
        guard isWhole else { throw .notDeflated }
        let outcome = try inflated.finish()
        if inflated.bytes.storageCapacity <= Self.mostKept { storage = inflated.bytes }
        return outcome
    }

    private func takeStorage() -> ByteBuffer {
        var taken = ByteBuffer()
        swap(&taken, &storage)
        return taken
    }

    /// - Returns: whether a block of deflate ends with the last of these bytes.
    private func feed(
        _ input: UnsafeRawBufferPointer, _ inflated: inout InflatedMessage
    ) throws(WebSocketFault) -> Bool {
        stream.pointee.next_in = input.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_in = UInt32(input.count)
        var endsBlock = false
        while true {
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
            if stream.pointee.avail_in == 0, stream.pointee.avail_out > 0 { return endsBlock }
        }
    }
}

/// The message that is being inflated: its bytes so far, or, when it is too large, only their count.
private struct InflatedMessage {
    /// Room that is made for further bytes at a time.
    private static let piece = 16 << 10

    private(set) var bytes: ByteBuffer
    private let isText: Bool
    private let limits: FrameDecoder.Limits
    private var count = 0
    private var utf8 = UTF8Validator()

    init(in storage: ByteBuffer, isText: Bool, limits: FrameDecoder.Limits) {
        (bytes, self.isText, self.limits) = (storage, isText, limits)
        bytes.clear()
    }

    private var isTooLarge: Bool { count > limits.maxMessageBytes }

    /// Gives room for some more bytes, at least one, and takes what is written there.
    ///
    /// - Parameter write: returns the number of bytes written from the room's start.
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

    func finish() throws(WebSocketFault) -> Inflater.Outcome {
        guard !isText || utf8.isComplete else { throw .textNotUTF8 }
        return isTooLarge ? .tooLarge(bytes: count) : .message(bytes)
    }
}
