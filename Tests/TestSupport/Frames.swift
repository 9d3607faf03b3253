public import NIOCore

/// A frame as the router sends it: whole, and never masked.
public struct ServerFrame: Equatable, Sendable {
    public let opcode: UInt8
    public let payload: [UInt8]

    public init(opcode: UInt8, payload: [UInt8]) {
        self.opcode = opcode
        self.payload = payload
    }

    public var text: String { String(decoding: payload, as: UTF8.self) }
    public var isClose: Bool { opcode == 8 }

    /// The code of a close frame.
    public var closeCode: Int? {
        isClose && payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : nil
    }

    /// The reason of a close frame.
    public var closeReason: String { String(decoding: payload.dropFirst(2), as: UTF8.self) }

    /// Takes the whole frames from the front of `bytes`; what is left is the start of one that has not come yet.
    ///
    /// - Parameter inflate: makes a message of a compressed one's payload; nil where nothing was agreed on.
    public static func take(
        from bytes: inout ByteBuffer, _ inflate: ((_ payload: [UInt8]) throws -> [UInt8])? = nil
    ) rethrows -> [ServerFrame] {
        var frames: [ServerFrame] = []
        while let frame = try next(&bytes, inflate) { frames.append(frame) }
        return frames
    }

    private static func next(
        _ bytes: inout ByteBuffer, _ inflate: ((_ payload: [UInt8]) throws -> [UInt8])?
    ) rethrows -> ServerFrame? {
        var rest = bytes
        guard let first = rest.readInteger(as: UInt8.self), let second = rest.readInteger(as: UInt8.self) else {
            return nil
        }
        let isCompressed = first & 0xF8 == 0xC0 && inflate != nil
        precondition(first & 0xF0 == 0x80 || isCompressed, "the router sends whole frames")
        precondition(second & 0x80 == 0, "the router sends frames without a mask")
        let length: Int? =
            switch second {
            case 126: rest.readInteger(as: UInt16.self).map(Int.init)
            case 127: rest.readInteger(as: UInt64.self).map(Int.init)
            default: Int(second)
            }
        guard let length, let payload = rest.readBytes(length: length) else { return nil }
        bytes = rest
        return ServerFrame(opcode: first & 0x0F, payload: isCompressed ? try inflate?(payload) ?? payload : payload)
    }
}

/// Frames as a client sends them, masked (RFC 6455, section 5.3).
public enum ClientFrame {
    public static func text(_ text: String) -> [UInt8] { whole(1, Array(text.utf8)) }
    public static func binary(_ bytes: [UInt8]) -> [UInt8] { whole(2, bytes) }
    public static func ping(_ text: String = "") -> [UInt8] { whole(9, Array(text.utf8)) }
    public static func pong(_ text: String = "") -> [UInt8] { whole(10, Array(text.utf8)) }
    public static func close(_ code: Int = 1000) -> [UInt8] { whole(8, [UInt8(code >> 8), UInt8(code & 0xFF)]) }
    public static func whole(_ opcode: UInt8, _ payload: [UInt8]) -> [UInt8] { frame(0x80 | opcode, payload) }

    /// - Parameter first: FIN, the reserved bits and the opcode.
    public static func frame(_ first: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let mask: [UInt8] = [0x5A, 0x00, 0xC3, 0x7F]
        let masked = payload.enumerated().map { $1 ^ mask[$0 % 4] }
        return [first] + length(payload.count) + mask + masked
    }

    private static func length(_ count: Int) -> [UInt8] {
        switch count {
        case ..<126: [0x80 | UInt8(count)]
        case ..<65_536: [0x80 | 126, UInt8(count >> 8), UInt8(count & 0xFF)]
        default: [0x80 | 127] + (0..<8).reversed().map { UInt8(truncatingIfNeeded: count >> ($0 * 8)) }
        }
    }
}
