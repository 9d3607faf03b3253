import NIOCore

/// The at most 125 bytes of a control frame, unmasked.
struct ControlPayload {
    private(set) var bytes = ByteBuffer()

    init(taking count: Int, _ key: MaskingKey, from input: inout ByteBuffer) {
        guard count > 0 else { return }
        input.withUnsafeReadableBytes { masked in
            _ = bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { space in
                _ = key.unmask(masked.baseAddress!, into: space.baseAddress!, count: count)
                return count
            }
        }
        input.moveReaderIndex(forwardBy: count)
    }

    /// Reads the payload of a close frame: nothing, or a code and a reason in UTF-8 (RFC 6455, section 5.5.1).
    func closeEvent() throws(WebSocketFault) -> WebSocketEvent {
        guard bytes.readableBytes > 0 else { return .close(nil, reason: "") }
        var reason = bytes
        guard let code = reason.readInteger(as: UInt16.self).map(CloseCode.init(rawValue:)) else { throw .oneByteClose }
        guard code.mayBeReceived else { throw .closeCode }
        var utf8 = UTF8Validator()
        guard reason.withUnsafeReadableBytes({ utf8.validate($0) }), utf8.isComplete else { throw .reasonNotUTF8 }
        return .close(code, reason: String(buffer: reason))
    }
}
