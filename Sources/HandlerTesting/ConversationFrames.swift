import NIOCore
import WebSocketWire

/// A frame as a client sends it (RFC 6455 section 5.2).
struct ClientFrame {
    /// FIN, the reserved bits and the opcode.
    let first: UInt8
    let payload: [UInt8]
    var isMasked = true

    /// Not random, so that a run is the same every time; masks guard proxies, not servers.
    private static let mask: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]

    var bytes: [UInt8] {
        let flag: UInt8 = isMasked ? 0x80 : 0
        var bytes = [first]
        switch payload.count {
        case ..<126: bytes.append(flag | UInt8(payload.count))
        case ..<65_536: bytes += [flag | 126] + bigEndian(payload.count, bytes: 2)
        default: bytes += [flag | 127] + bigEndian(payload.count, bytes: 8)
        }
        guard isMasked else { return bytes + payload }
        bytes += Self.mask
        bytes.reserveCapacity(bytes.count + payload.count)
        for (index, byte) in payload.enumerated() { bytes.append(byte ^ Self.mask[index & 3]) }
        return bytes
    }

    private func bigEndian(_ value: Int, bytes: Int) -> [UInt8] {
        (0..<bytes).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    static func close(_ code: Int?, _ reason: [UInt8]) -> ClientFrame {
        let status = code.map { [UInt8(truncatingIfNeeded: $0 >> 8), UInt8(truncatingIfNeeded: $0)] } ?? []
        return ClientFrame(first: 0x88, payload: status + reason)
    }
}

/// A frame as a server sent it, decoded strictly.
enum ServerFrame: Equatable, Sendable, CustomStringConvertible {
    case text(String)
    case binary([UInt8])
    case ping([UInt8])
    case pong([UInt8])
    case close(Int?, reason: String)

    /// Takes the first frame from `bytes`.
    /// - Parameter inflater: when it was agreed on that messages may be compressed.
    /// - Returns: nil while it is incomplete.
    /// - Throws: `ScriptFault` when RFC 6455 forbids a server such a frame. This server never sends fragments.
    init?(takenFrom bytes: inout [UInt8], _ inflater: Inflater? = nil) throws {
        guard bytes.count >= 2 else { return nil }
        let (first, second) = (bytes[0], bytes[1])
        guard second & 0x80 == 0 else { throw ScriptFault("the server masked a frame") }
        let isCompressed = first & 0x78 == 0x40 && inflater != nil
        guard first & 0x70 == 0 || isCompressed else { throw ScriptFault("the server set a reserved bit") }
        guard first & 0x80 != 0 else { throw ScriptFault("the server sent a fragment") }
        guard let (header, length) = try Self.size(bytes, second), bytes.count >= header + length else { return nil }
        var payload = Array(bytes[header..<header + length])
        bytes.removeFirst(header + length)
        guard first & 0x08 == 0 || length <= 125 else { throw ScriptFault("the server sent a long control frame") }
        if isCompressed, let inflater { payload = try Self.inflated(payload, inflater) }
        self = try Self.decoded(opcode: first & 0x0F, payload)
    }

    private static func inflated(_ payload: [UInt8], _ inflater: Inflater) throws -> [UInt8] {
        let limits = FrameDecoder.Limits(maxMessageBytes: 64 << 20, maxFrameBytes: 64 << 20)
        do {
            let outcome = try ByteBuffer(bytes: payload).withUnsafeReadableBytes { (bytes) throws(WebSocketFault) in
                try inflater.inflate(bytes, isText: false, limits: limits)
            }
            if case .message(let bytes) = outcome { return Array(bytes.readableBytesView) }
        } catch {}
        throw ScriptFault("the server compressed a message so that it cannot be inflated")
    }

    private static func size(_ bytes: [UInt8], _ second: UInt8) throws -> (header: Int, length: Int)? {
        let extra = second == 126 ? 2 : second == 127 ? 8 : 0
        guard bytes.count >= 2 + extra else { return nil }
        if extra == 0 { return (2, Int(second)) }
        let length = bytes[2..<2 + extra].reduce(0) { $0 << 8 | Int($1) }
        guard length >= (extra == 2 ? 126 : 65_536) else {
            throw ScriptFault("the server used a longer length than needed")
        }
        return (2 + extra, length)
    }

    private static func decoded(opcode: UInt8, _ payload: [UInt8]) throws -> ServerFrame {
        switch opcode {
        case 1: return .text(try utf8(payload))
        case 2: return .binary(payload)
        case 8: return try closing(payload)
        case 9: return .ping(payload)
        case 10: return .pong(payload)
        default: throw ScriptFault("the server sent opcode \(opcode)")
        }
    }

    private static func closing(_ payload: [UInt8]) throws -> ServerFrame {
        if payload.isEmpty { return .close(nil, reason: "") }
        guard payload.count >= 2 else { throw ScriptFault("the server sent half a close code") }
        let code = Int(payload[0]) << 8 | Int(payload[1])
        guard (1000...4999).contains(code), ![1004, 1005, 1006, 1015].contains(code) else {
            throw ScriptFault("the server sent close code \(code)")
        }
        return .close(code, reason: try utf8(Array(payload.dropFirst(2))))
    }

    private static func utf8(_ bytes: [UInt8]) throws -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ScriptFault("the server sent bad UTF-8")
        }
        return text
    }

    var description: String {
        switch self {
        case .text(let text): text.utf8.count > 600 ? text.prefix(600) + "…" : text
        case .binary(let bytes): "binary \(hex(bytes))"
        case .ping(let bytes): "ping \(hex(bytes))"
        case .pong(let bytes): "pong \(hex(bytes))"
        case .close(let code, let reason): "close \(code.map(String.init) ?? "without a code") \(reason)"
        }
    }

    private func hex(_ bytes: [UInt8]) -> String {
        bytes.prefix(64).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
    }
}

/// What the next frame must be.
enum FramePattern: Sendable {
    case json(JSONPattern, source: String)
    case text(String)
    case binary([UInt8])
    case ping
    case pong([UInt8])
    case close(Int?)

    init(_ source: String) throws {
        if let text = source.after("text ") {
            self = .text(text)
        } else if let bytes = source.after("binary") {
            self = .binary(try conversationBytes(bytes))
        } else if source == "ping" {
            self = .ping
        } else if let bytes = source.after("pong") {
            self = .pong(try conversationBytes(bytes))
        } else if let bytes = source.after("frame 81") {
            self = .text(String(decoding: try conversationBytes(bytes), as: UTF8.self))
        } else if let code = source.after("close") {
            self = .close(Int(code.drop { $0 == " " }))
        } else {
            self = .json(try JSONPattern(source, placeholders: true), source: source)
        }
    }

    /// - Returns: what differs, in words; nil when the frame is as it must be.
    func mismatch(_ frame: ServerFrame, _ clock: ConversationTime) -> String? {
        switch (self, frame) {
        case (.json(let pattern, _), .text(let text)):
            guard let value = try? JSONPattern(text, placeholders: false) else { return "expected JSON, got \(text)" }
            return pattern.mismatch(value, clock).map { difference in
                let place = difference.path.isEmpty ? "" : "\(difference.path): "
                return "\(place)expected \(difference.expected), got \(difference.got)\n  in \(frame)"
            }
        case (.text(let expected), .text(let got)) where expected.utf8.elementsEqual(got.utf8): return nil
        case (.binary(let expected), .binary(let got)) where expected == got: return nil
        case (.pong(let expected), .pong(let got)) where expected == got: return nil
        case (.close(let expected), .close(let got, _)) where expected == got: return nil
        case (.ping, .ping): return nil
        default: return "expected \(described(clock)), got \(frame)"
        }
    }

    func described(_ clock: ConversationTime) -> String {
        switch self {
        case .json(let pattern, _): pattern.described(clock)
        case .text(let text): "text \(text)"
        case .binary(let bytes): "\(ServerFrame.binary(bytes))"
        case .ping: "a ping"
        case .pong(let bytes): "\(ServerFrame.pong(bytes))"
        case .close(let code): "close \(code.map(String.init) ?? "without a code")"
        }
    }
}
