import NIOCore

/// What the peer's bytes amount to: whole messages and control frames, in the order of their last byte.
public enum WebSocketEvent: Equatable, Sendable {
    /// A text message; its bytes are valid UTF-8.
    case text(ByteBuffer)
    case binary(ByteBuffer)
    /// The end of a message over `FrameDecoder.Limits.maxMessageBytes`, whose bytes were thrown away as they arrived.
    ///
    /// The opcode is `text` or `binary`; `bytes` is the size of the whole message: of one that was compressed what it came
    /// as or was inflated to, whichever is more.
    case tooLarge(Opcode, bytes: Int)
    /// To be answered by a pong with the same bytes (RFC 6455, section 5.5.3).
    case ping(ByteBuffer)
    case pong(ByteBuffer)
    /// The last event of a connection; `nil` when the frame named no code.
    case close(CloseCode?, reason: String)
}
