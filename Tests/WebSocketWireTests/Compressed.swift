import NIOCore

@testable import WebSocketWire

extension Deflater {
    /// The payload that a client sends for this message.
    func compressed(_ message: [UInt8], windowBits: Int = 15) -> [UInt8] {
        var buffer = ByteBuffer()
        message.withUnsafeBytes { append(compressed: $0, windowBits: windowBits, to: &buffer) }
        return Array(buffer.readableBytesView)
    }

    func compressed(_ text: String) -> [UInt8] { compressed(Array(text.utf8)) }
}

extension Inflater {
    func inflate(
        _ payload: [UInt8], isText: Bool = false, limits: FrameDecoder.Limits = .init()
    ) throws(WebSocketFault) -> Outcome {
        // Of bytes that may stand anywhere, as those of a frame do.
        try ByteBuffer(bytes: payload).withUnsafeReadableBytes { (bytes) throws(WebSocketFault) in
            try inflate(bytes, isText: isText, limits: limits)
        }
    }
}

extension ClientFrame {
    /// The first frame of a compressed message (RFC 7692, section 6).
    init(compressed payload: [UInt8], _ opcode: Opcode = .text, isFinal: Bool = true) {
        self.init(opcode, payload, isFinal: isFinal)
        reserved = 4
    }
}

enum Bomb {
    /// The payload of a message of so many zeros, a multiple of 1 MiB: a thousandth of their number.
    ///
    /// It is made of the same bytes over and over: the message of 1 MiB ends with a whole byte, in which its last, empty
    /// block begins; with its end that block is whole, and the next one may follow.
    static func zeros(_ count: Int) -> [UInt8] {
        let part = Deflater(level: 9).compressed([UInt8](repeating: 0, count: 1 << 20))
        let parts = Array(repeating: part, count: count >> 20)
        return Array(parts.joined(separator: [0x00, 0x00, 0xFF, 0xFF]))
    }
}
