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
    /// Most messages at a time that are inflated as they come because they are too large to be held: each has a state of
    /// zlib's for itself.
    static let mostFollowed = 4

    private let stream = InflateStream()
    private var storage = ByteBuffer()
    fileprivate(set) var followed = 0
    /// Bytes that whole messages were inflated to so far; and those of them that were thrown away, as the message was too
    /// large.
    public fileprivate(set) var inflated = 0
    public fileprivate(set) var inflatedInVain = 0

    public init() {}

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
        stream.begin()
        var inflated = InflatedMessage(in: takeStorage(), isText: isText, limits: limits)
        try stream.feed(message, &inflated)
        try stream.finish(&inflated)
        try inflated.finish()
        if inflated.bytes.storageCapacity <= Self.mostKept { storage = inflated.bytes }
        note(inflated)
        return inflated.isTooLarge ? .tooLarge(bytes: inflated.count) : .message(inflated.bytes)
    }

    fileprivate func note(_ message: InflatedMessage) {
        inflated &+= message.count
        if message.isTooLarge { inflatedInVain &+= message.count }
    }

    private func takeStorage() -> ByteBuffer {
        var taken = ByteBuffer()
        swap(&taken, &storage)
        return taken
    }

    /// Has somebody look at a message as it comes.
    ///
    /// - Returns: nil when as many as `mostFollowed` are being looked at.
    func follow(isText: Bool, limits: FrameDecoder.Limits) -> OverlongMessage? {
        guard followed < Self.mostFollowed else { return nil }
        followed += 1
        return OverlongMessage(self, isText: isText, limits: limits)
    }
}

/// A message that is too large to be held already as it comes, compressed: it is inflated only to see whether it is UTF-8,
/// and not past `maxFrameBytes`.
final class OverlongMessage {
    private let inflater: Inflater
    private let stream = InflateStream()
    private var inflated: InflatedMessage

    fileprivate init(_ inflater: Inflater, isText: Bool, limits: FrameDecoder.Limits) {
        self.inflater = inflater
        var limits = limits
        limits.maxMessageBytes = 0
        inflated = InflatedMessage(isText: isText, limits: limits)
    }

    deinit { inflater.followed -= 1 }

    /// - Parameter bytes: the next of them, unmasked.
    func append(_ bytes: UnsafeRawBufferPointer) throws(WebSocketFault) { try stream.feed(bytes, &inflated) }

    /// - Returns: the message's size.
    func finish() throws(WebSocketFault) -> Int {
        try stream.finish(&inflated)
        try inflated.finish()
        inflater.note(inflated)
        return inflated.count
    }
}
