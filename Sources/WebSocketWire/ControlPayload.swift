import NIOCore

/// The at most 125 bytes of a control frame, unmasked.
struct ControlPayload {
    private(set) var bytes = ByteBuffer()

    init(_ masked: UnsafeRawBufferPointer, _ key: MaskingKey) {
        guard let source = masked.baseAddress, !masked.isEmpty else { return }
        bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: masked.count) { space in
            _ = key.unmask(source, into: space.baseAddress!, count: masked.count)
            return masked.count
        }
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
