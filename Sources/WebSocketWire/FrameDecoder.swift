import NIOCore

/// Turns the bytes of a client into events, as RFC 6455 has it for a server and with no extension.
///
/// Any split of the bytes gives the same events. Between messages a decoder holds no buffer; within one it holds at most
/// `Limits.maxMessageBytes` of it (in a buffer that grows by doubling).
public struct FrameDecoder: Sendable {
    public struct Limits: Sendable {
        /// Bytes of a text or binary message that is still delivered; a larger one is thrown away as it arrives.
        public var maxMessageBytes: Int
        /// Bytes of a message, over all its frames, past which the connection is closed with 1009.
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
    private var stage = Stage.header
    private var message = MessageAssembly()

    public init(limits: Limits = Limits()) { self.limits = limits }

    /// Bytes of memory held besides the decoder itself.
    var heldBytes: Int { message.heldBytes }

    /// Takes the next event out of `input`.
    ///
    /// A message's buffer is the decoder's own: drop it before the next call and its memory is used again.
    /// After a fault or a close event the decoder only throws the rest of the input away.
    ///
    /// - Parameter input: the bytes received; what is not yet consumed (an incomplete header or control frame, at most
    ///   130 bytes) stays in it, and the next bytes are to be appended.
    /// - Returns: nil when more bytes are needed.
    /// - Throws: what the client did wrong, with the code to close the connection with.
    public mutating func next(_ input: inout ByteBuffer) throws(WebSocketFault) -> WebSocketEvent? {
        do {
            let event = try advance(&input)
            if case .close = event { end(&input) }
            return event
        } catch {
            end(&input)
            throw error
        }
    }

    private mutating func advance(_ input: inout ByteBuffer) throws(WebSocketFault) -> WebSocketEvent? {
        while true {
            switch stage {
            case .header:
                guard let header = try readHeader(input) else {
                    if !message.isUnderWay { message.release() }
                    return nil
                }
                if header.opcode.isControl { return try control(header, &input) }
                try message.begin(header, limits: limits)
                input.moveReaderIndex(forwardBy: header.byteCount)
                stage = .payload(missing: header.payloadLength, header.key, isFinal: header.isFinal)
            case .payload(let missing, let key, let isFinal):
                let taken = try takePayload(min(missing, input.readableBytes), key, &input)
                guard taken == missing else {
                    stage = .payload(missing: missing &- taken, key.advanced(by: taken), isFinal: isFinal)
                    return nil
                }
                stage = .header
                if isFinal { return try message.finish() }
            case .ended:
                end(&input)
                return nil
            }
        }
    }

    private func readHeader(_ input: ByteBuffer) throws(WebSocketFault) -> FrameHeader? {
        try input.withUnsafeReadableBytes { (bytes) throws(WebSocketFault) in
            try FrameHeader.read(bytes, inMessage: message.isUnderWay)
        }
    }

    private mutating func takePayload(
        _ count: Int, _ key: MaskingKey, _ input: inout ByteBuffer
    ) throws(WebSocketFault) -> Int {
        try input.withUnsafeReadableBytes { (bytes) throws(WebSocketFault) in
            try message.append(UnsafeRawBufferPointer(rebasing: bytes[..<count]), key)
        }
        input.moveReaderIndex(forwardBy: count)
        return count
    }

    /// A control frame is small, so it waits in the input until it is whole.
    private func control(_ header: FrameHeader, _ input: inout ByteBuffer) throws(WebSocketFault) -> WebSocketEvent? {
        guard input.readableBytes >= header.byteCount &+ header.payloadLength else { return nil }
        input.moveReaderIndex(forwardBy: header.byteCount)
        let payload = ControlPayload(taking: header.payloadLength, header.key, from: &input)
        switch header.opcode {
        case .ping: return .ping(payload.bytes)
        case .pong: return .pong(payload.bytes)
        default: return try payload.closeEvent()
        }
    }

    private mutating func end(_ input: inout ByteBuffer) {
        stage = .ended
        message.release()
        input.moveReaderIndex(to: input.writerIndex)
    }
}
