import NIOCore
import WebSocketWire

/// Bytes of a client behind the handshake: any split of them gives the same events, and these are what RFC 6455 allows.
///
/// The first byte of an input says how the others are cut, and whether compression was agreed on.
enum FrameFuzz {
    /// So low that short inputs meet them.
    static let limits = FrameDecoder.Limits(maxMessageBytes: 140, maxFrameBytes: 260, maxFragments: 6)

    static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let choice = input.byte()
        let stream = Array(input.rest)
        let inflater = choice & 0x80 == 0 ? nil : Inflater()
        let whole = try FrameReading([stream[...]], inflater)
        let split = try FrameReading(Splits(seed: choice).pieces(of: stream), inflater)
        try require(whole.events == split.events, "split bytes give \(split.events), whole ones \(whole.events)")
        try require(
            whole.fault == split.fault, "split bytes give \(split.fault as Any), whole ones \(whole.fault as Any)")
        for (index, event) in whole.events.enumerated() {
            try check(event, isLast: index == whole.events.count - 1)
        }
        try checkReadAgain(whole.events)
    }

    private static func check(_ event: WebSocketEvent, isLast: Bool) throws {
        switch event {
        case .text(let bytes):
            try require(bytes.readableBytes <= limits.maxMessageBytes, "a text above the limit was delivered")
            try require(isUTF8(bytes), "a text is not UTF-8")
        case .binary(let bytes):
            try require(bytes.readableBytes <= limits.maxMessageBytes, "a message above the limit was delivered")
        case .tooLarge(let opcode, let count):
            try require(opcode == .text || opcode == .binary, "only messages are too large")
            try require(
                count > limits.maxMessageBytes && count <= limits.maxFrameBytes, "\(count) bytes are called too large")
        case .ping(let bytes), .pong(let bytes):
            try require(bytes.readableBytes <= 125, "a control frame has \(bytes.readableBytes) bytes")
        case .close(let code, let reason):
            try require(isLast, "something came behind a close frame")
            try require(code?.mayBeReceived ?? reason.isEmpty, "close code \(code as Any) was taken")
            try require(reason.utf8.count <= FrameEncoder.maxCloseReasonBytes, "a close reason is too long")
        }
    }

    static func isUTF8(_ bytes: ByteBuffer) -> Bool {
        String(validating: bytes.readableBytesView, as: UTF8.self) != nil
    }

    /// The same events, sent as a client would, are read as the same.
    private static func checkReadAgain(_ events: [WebSocketEvent]) throws {
        let frames = events.flatMap(MaskedFrame.bytes)
        let again = try FrameReading([frames[...]], nil)
        let sent = events.filter { if case .tooLarge = $0 { false } else { true } }
        try require(again.fault == nil && again.events == sent, "\(sent) sent again is read as \(again.events)")
    }
}

/// What a decoder makes of bytes that arrive in pieces.
struct FrameReading {
    private(set) var events: [WebSocketEvent] = []
    private(set) var fault: WebSocketFault?
    private var decoder: FrameDecoder

    init(_ pieces: [ArraySlice<UInt8>], _ inflater: Inflater?) throws {
        decoder = FrameDecoder(limits: FrameFuzz.limits, inflater: inflater)
        var input = ByteBuffer()
        for piece in pieces {
            input.writeBytes(piece)
            try read(&input)
        }
    }

    private mutating func read(_ input: inout ByteBuffer) throws {
        do throws(WebSocketFault) {
            while let event = try decoder.next(&input) { events.append(event) }
        } catch {
            fault = error
            // The decoder only throws away what follows; it says nothing more.
            let more = try? decoder.next(&input)
            try require(more == .some(nil), "something came behind a fault")
        }
        let isOver = if case .close = events.last { true } else { fault != nil }
        try require(input.readableBytes <= (isOver ? 0 : 130), "\(input.readableBytes) bytes stay unread")
    }
}

/// A frame as a client sends it (RFC 6455, section 5.2).
enum MaskedFrame {
    private static let mask: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]

    static func bytes(_ event: WebSocketEvent) -> [UInt8] {
        switch event {
        case .text(let bytes): frame(0x81, Array(bytes.readableBytesView))
        case .binary(let bytes): frame(0x82, Array(bytes.readableBytesView))
        case .tooLarge: []
        case .ping(let bytes): frame(0x89, Array(bytes.readableBytesView))
        case .pong(let bytes): frame(0x8A, Array(bytes.readableBytesView))
        case .close(let code, let reason):
            frame(0x88, code.map { [UInt8($0.rawValue >> 8), UInt8($0.rawValue & 0xFF)] + reason.utf8 } ?? [])
        }
    }

    /// - Parameter first: FIN, the reserved bits and the opcode.
    static func frame(_ first: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let count = payload.count
        let length: [UInt8] =
            count < 126 ? [0x80 | UInt8(count)] : [0x80 | 126, UInt8(count >> 8), UInt8(count & 0xFF)]
        return [first] + length + mask + payload.enumerated().map { $1 ^ mask[$0 & 3] }
    }
}
