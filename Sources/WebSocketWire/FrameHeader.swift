/// The head of a frame from a client.
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-+-+-+-+-------+-+-------------+-------------------------------+
///     |F|R|R|R| opcode|M| length      | length, 16 bits (length = 126)|
///     |I|S|S|S|       |A|             | or 64 bits (length = 127)     |
///     |N|V|V|V|       |S|             |                               |
///     | |1|2|3|       |K|             |                               |
///     +-+-+-+-+-------+-+-------------+-------------------------------+
///     | masking key, 4 bytes: every frame of a client has one         |
///     +---------------------------------------------------------------+
///     | payload, masked: byte i XOR byte i mod 4 of the key           |
///     +---------------------------------------------------------------+
///
/// (RFC 6455, section 5.2.)
struct FrameHeader: Equatable {
    let opcode: Opcode
    let isFinal: Bool
    /// The first frame of a message that is compressed, all frames together (RFC 7692, section 6).
    let isCompressed: Bool
    /// Bytes of payload that follow.
    let payloadLength: Int
    let key: MaskingKey
    /// Size of the header itself: 6, 8 or 14 bytes.
    let byteCount: Int

    /// Reads the header at the start of `bytes`, and refuses it by the first byte that is wrong.
    ///
    /// - Parameters:
    ///   - bytes: what has arrived of the frame.
    ///   - inMessage: whether a fragmented message is under way, which decides what data frames may come.
    ///   - mayBeCompressed: whether compression was agreed on.
    /// - Returns: nil while the header is incomplete.
    /// - Throws: what is wrong with it.
    static func read(
        _ bytes: UnsafeRawBufferPointer, inMessage: Bool, mayBeCompressed: Bool = false
    ) throws(WebSocketFault) -> FrameHeader? {
        guard bytes.count >= 1 else { return nil }
        let opcode = try opcode(bytes[0], inMessage: inMessage, mayBeCompressed)
        guard bytes.count >= 2 else { return nil }
        let short = try shortLength(bytes[1], opcode)
        guard let (length, lengthEnd) = try payloadLength(short, bytes), bytes.count >= lengthEnd &+ 4 else {
            return nil
        }
        return FrameHeader(
            opcode: opcode, isFinal: bytes[0] & 0x80 != 0, isCompressed: bytes[0] & 0x40 != 0, payloadLength: length,
            key: MaskingKey(at: bytes.baseAddress! + lengthEnd), byteCount: lengthEnd &+ 4)
    }

    private static func opcode(
        _ byte: UInt8, inMessage: Bool, _ mayBeCompressed: Bool
    ) throws(WebSocketFault) -> Opcode {
        guard byte & (mayBeCompressed ? 0x30 : 0x70) == 0 else { throw .reservedBits }
        guard let opcode = Opcode(rawValue: byte & 0x0F) else { throw .reservedOpcode }
        guard byte & 0x40 == 0 || opcode == .text || opcode == .binary else { throw .compressedBit }
        if opcode.isControl {
            guard byte & 0x80 != 0 else { throw .fragmentedControl }
        } else if inMessage {
            guard opcode == .continuation else { throw .messageUnfinished }
        } else {
            guard opcode != .continuation else { throw .nothingToContinue }
        }
        return opcode
    }

    private static func shortLength(_ byte: UInt8, _ opcode: Opcode) throws(WebSocketFault) -> Int {
        guard byte & 0x80 != 0 else { throw .notMasked }
        let length = Int(byte & 0x7F)
        guard length <= 125 || !opcode.isControl else { throw .longControl }
        return length
    }

    /// - Returns: the payload's length and the offset at which the length field ends.
    private static func payloadLength(
        _ short: Int, _ bytes: UnsafeRawBufferPointer
    ) throws(WebSocketFault) -> (Int, Int)? {
        switch short {
        case 126:
            guard bytes.count >= 4 else { return nil }
            let length = Int(UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
            guard length > 125 else { throw .lengthNotMinimal }
            return (length, 4)
        case 127:
            guard bytes.count >= 10 else { return nil }
            let length = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt64.self))
            guard let length = Int(exactly: length) else { throw .lengthTooLong }
            guard length > 0xFFFF else { throw .lengthNotMinimal }
            return (length, 10)
        default: return (short, 2)
        }
    }
}
