import NIOCore

/// Turns the bytes of a client into events, as RFC 6455 has it for a server, and RFC 7692 where that was agreed on.
///
/// Any split of the bytes gives the same events. Between messages a decoder holds no buffer; within one it holds at most
/// `Limits.maxMessageBytes` of it (in a buffer that grows by doubling). A compressed message is held as it comes, and
/// inflated when it is whole.
public struct FrameDecoder {
    /// How much of a message is taken.
    public struct Limits: Sendable {
        /// Bytes of a text or binary message that is still delivered; a larger one is thrown away as it arrives, or as it
        /// is inflated. One that already is too large compressed is inflated as it comes, to see whether it is UTF-8 and
        /// not past `maxFrameBytes`; but for those that come while `Inflater.mostFollowed` others do.
        public var maxMessageBytes: Int
        /// Bytes of a message, over all its frames, past which the connection is closed with 1009: of what comes, and of
        /// what it would be inflated to.
        public var maxFrameBytes: Int
        /// Frames of one message past which the connection is closed with 1008.
        public var maxFragments: Int

        public init(maxMessageBytes: Int = 10_240, maxFrameBytes: Int = 1_048_576, maxFragments: Int = 128) {
            self.maxMessageBytes = maxMessageBytes
            self.maxFrameBytes = maxFrameBytes
            self.maxFragments = maxFragments
        }
    }

    private enum Stage {
        case header
        case payload(missing: Int, MaskingKey, isFinal: Bool)
        case ended
    }

    public let limits: Limits
    private let inflater: Inflater?
    private var stage = Stage.header
    private var message = MessageAssembly()

    /// - Parameter inflater: what others on the same thread use too; nil when no compression was agreed on.
    public init(limits: Limits = Limits(), inflater: Inflater? = nil) {
        self.limits = limits
        self.inflater = inflater
    }

    /// Bytes of memory held besides the decoder itself.
    var heldBytes: Int { message.heldBytes }

    /// From here on only control frames are events: messages go by without a look at what is in them.
    public mutating func skipMessages() { message.skip() }

    /// Whether a message has begun that is not whole.
    public var isWithinMessage: Bool { message.isUnderWay }

    /// Takes the next event out of `input`.
    ///
    /// A message's buffer is the decoder's own, or its inflater's: drop it before the next call and its memory is used again.
    /// After a fault or a close event the decoder only throws the rest of the input away.
    ///
    /// - Parameter input: the bytes received; what is not yet consumed (an incomplete header or control frame, at most
    ///   130 bytes) stays in it, and the next bytes are to be appended.
    /// - Returns: nil when more bytes are needed.
    /// - Throws: what the client did wrong, with the code to close the connection with.
    public mutating func next(_ input: inout ByteBuffer) throws(WebSocketFault) -> WebSocketEvent? {
        var taken = 0
        do {
            // One look into the buffer for all of the frame: each has its price.
            let event = try input.withUnsafeReadableBytes { (bytes) throws(WebSocketFault) in
                var rest = bytes
                defer { taken = bytes.count &- rest.count }
                return try advance(&rest)
            }
            input.moveReaderIndex(forwardBy: taken)
            if case .close = event { end(&input) }
            return event
        } catch {
            end(&input)
            throw error
        }
    }

    private mutating func advance(_ bytes: inout UnsafeRawBufferPointer) throws(WebSocketFault) -> WebSocketEvent? {
        while true {
            switch stage {
            case .header:
                guard
                    let header = try FrameHeader.read(
                        bytes, inMessage: message.isUnderWay, mayBeCompressed: inflater != nil)
                else {
                    if !message.isUnderWay { message.release() }
                    return nil
                }
                if header.opcode.isControl { return try control(header, &bytes) }
                try message.begin(header, limits: limits, inflater)
                bytes.removeFirst(header.byteCount)
                stage = .payload(missing: header.payloadLength, header.key, isFinal: header.isFinal)
            case .payload(let missing, let key, let isFinal):
                let piece = bytes.removeFirst(min(missing, bytes.count))
                try message.append(piece, key)
                guard piece.count == missing else {
                    stage = .payload(missing: missing &- piece.count, key.advanced(by: piece.count), isFinal: isFinal)
                    return nil
                }
                stage = .header
                if isFinal, let event = try message.finish(limits, inflater) { return event }
            case .ended:
                bytes.removeFirst(bytes.count)
                return nil
            }
        }
    }

    /// A control frame is small, so it waits in the input until it is whole.
    private func control(
        _ header: FrameHeader, _ bytes: inout UnsafeRawBufferPointer
    ) throws(WebSocketFault) -> WebSocketEvent? {
        guard bytes.count >= header.byteCount &+ header.payloadLength else { return nil }
        bytes.removeFirst(header.byteCount)
        let payload = ControlPayload(bytes.removeFirst(header.payloadLength), header.key)
        switch header.opcode {
        case .ping: return .ping(payload.bytes)
        case .pong: return .pong(payload.bytes)
        default: return try payload.closeEvent()
        }
    }

    private mutating func end(_ input: inout ByteBuffer) {
        stage = .ended
        message.abandon()
        input.moveReaderIndex(to: input.writerIndex)
    }
}

extension UnsafeRawBufferPointer {
    /// Takes `count` bytes off the front.
    @discardableResult
    fileprivate mutating func removeFirst(_ count: Int) -> UnsafeRawBufferPointer {
        let first = UnsafeRawBufferPointer(rebasing: self[..<count])
        self = UnsafeRawBufferPointer(rebasing: self[count...])
        return first
    }
}
