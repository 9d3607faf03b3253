import NIOCore

/// Writes a server's frames: whole messages, never masked (RFC 6455, section 5.1).
public enum FrameEncoder {
    /// The room a close frame has for its reason: 125 bytes less the code.
    public static let maxCloseReasonBytes = 123

    /// Bytes of header in front of a payload: 2, 4 or 10.
    public static func headerLength(payload: Int) -> Int {
        payload <= 125 ? 2 : payload <= 0xFFFF ? 4 : 10
    }

    /// Writes the header of a whole message at `target`, which has room for `headerLength(payload:)` bytes.
    ///
    /// - Parameter isCompressed: whether the payload is what a `Deflater` has made of it.
    /// - Returns: the number of bytes written.
    @discardableResult
    public static func writeHeader(
        _ opcode: Opcode, payload: Int, isCompressed: Bool = false, to target: UnsafeMutableRawPointer
    ) -> Int {
        let (final, compressed) = (UInt8(0x80), UInt8(isCompressed ? 0x40 : 0))
        target.storeBytes(of: final | compressed | opcode.rawValue, as: UInt8.self)
        let length = headerLength(payload: payload)
        switch length {
        case 2:
            target.storeBytes(of: UInt8(payload), toByteOffset: 1, as: UInt8.self)
        case 4:
            target.storeBytes(of: 126, toByteOffset: 1, as: UInt8.self)
            target.storeBytes(of: UInt16(payload).bigEndian, toByteOffset: 2, as: UInt16.self)
        default:
            target.storeBytes(of: 127, toByteOffset: 1, as: UInt8.self)
            target.storeBytes(of: UInt64(payload).bigEndian, toByteOffset: 2, as: UInt64.self)
        }
        return length
    }

    /// A frame of its own with the readable bytes of `payload`; a control frame's payload has at most 125 bytes.
    public static func frame(
        _ opcode: Opcode, _ payload: ByteBuffer, allocator: ByteBufferAllocator = ByteBufferAllocator()
    ) -> ByteBuffer {
        let size = payload.readableBytes
        var frame = allocator.buffer(capacity: headerLength(payload: size) + size)
        frame.writeWebSocketFrame(opcode, payload: payload)
        return frame
    }

    /// A close frame with a code, and a reason that is cut at a character's boundary when it does not fit.
    public static func close(_ code: CloseCode, reason: String = "") -> ByteBuffer {
        let reason = cut(reason)
        var payload = ByteBuffer()
        payload.writeInteger(code.rawValue)
        payload.writeString(reason)
        return frame(.close, payload)
    }

    private static func cut(_ reason: String) -> String {
        guard reason.utf8.count > maxCloseReasonBytes else { return reason }
        var room = maxCloseReasonBytes
        return String(
            reason.prefix { character in
                room -= character.utf8.count
                return room >= 0
            })
    }
}

extension ByteBuffer {
    /// Appends a whole, unmasked frame with the readable bytes of `payload`.
    public mutating func writeWebSocketFrame(_ opcode: Opcode, payload: ByteBuffer) {
        let size = payload.readableBytes
        assert(!opcode.isControl || size <= 125, "RFC 6455, section 5.5: at most 125 bytes in a control frame")
        writeWithUnsafeMutableBytes(minimumWritableBytes: FrameEncoder.headerLength(payload: size) + size) { space in
            let header = FrameEncoder.writeHeader(opcode, payload: size, to: space.baseAddress!)
            payload.withUnsafeReadableBytes { bytes in
                if size > 0 { (space.baseAddress! + header).copyMemory(from: bytes.baseAddress!, byteCount: size) }
            }
            return header + size
        }
    }
}
