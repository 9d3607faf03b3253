import NIOCore

@testable import WebSocketWire

/// A frame as a client sends it, right or wrong in every part.
struct ClientFrame: Sendable {
    /// How the payload's length is written; `shortest` is the only one allowed.
    enum LengthForm: Sendable { case shortest, sixteenBits, sixtyFourBits }

    var opcode: UInt8
    var payload: [UInt8]
    var isFinal = true
    var reserved: UInt8 = 0
    var key: [UInt8]? = [0x37, 0xFA, 0x21, 0x3D]
    var lengthForm = LengthForm.shortest
    /// The length that the header tells; nil for that of the payload.
    var announced: Int?

    init(_ opcode: Opcode, _ payload: [UInt8] = [], isFinal: Bool = true) {
        self.opcode = opcode.rawValue
        self.payload = payload
        self.isFinal = isFinal
    }

    init(text: String, isFinal: Bool = true) { self.init(.text, Array(text.utf8), isFinal: isFinal) }

    init(close code: UInt16, _ reason: [UInt8] = []) {
        self.init(.close, [UInt8(code >> 8), UInt8(code & 0xFF)] + reason)
    }

    /// The header with the masking key.
    var header: [UInt8] {
        var bytes = [(isFinal ? 0x80 : 0) | reserved << 4 | opcode]
        let maskBit: UInt8 = key == nil ? 0 : 0x80
        let length = announced ?? payload.count
        switch (lengthForm, length) {
        case (.shortest, ...125): bytes.append(maskBit | UInt8(length))
        case (.shortest, ...0xFFFF), (.sixteenBits, _):
            bytes += [maskBit | 126, UInt8(length >> 8), UInt8(length & 0xFF)]
        default:
            bytes.append(maskBit | 127)
            bytes += stride(from: 56, through: 0, by: -8).map { UInt8(length >> $0 & 0xFF) }
        }
        return bytes + (key ?? [])
    }

    var bytes: [UInt8] {
        guard let key else { return header + payload }
        return header + payload.enumerated().map { $1 ^ key[$0 % 4] }
    }
}

extension [ClientFrame] {
    var bytes: [UInt8] { flatMap(\.bytes) }
}

/// What a decoder made of a stream of bytes.
struct Reading: Equatable {
    var events: [WebSocketEvent] = []
    var fault: WebSocketFault?
    /// Bytes handed in when the last event or the fault came.
    var position = 0

    /// Feeds the bytes in the pieces given, the last piece being the rest.
    init(
        _ bytes: [UInt8], pieces: [Int] = [], limits: FrameDecoder.Limits = .init(), inflater: Inflater? = nil
    ) {
        var decoder = FrameDecoder(limits: limits, inflater: inflater)
        var input = ByteBuffer()
        var rest = bytes[...]
        for size in pieces + [bytes.count] where fault == nil && !rest.isEmpty {
            input.writeBytes(rest.prefix(size))
            rest = rest.dropFirst(size)
            drain(&decoder, &input, position: bytes.count - rest.count)
        }
    }

    private mutating func drain(_ decoder: inout FrameDecoder, _ input: inout ByteBuffer, position: Int) {
        do {
            while let event = try decoder.next(&input) {
                events.append(event)
                self.position = position
            }
        } catch {
            fault = error
            self.position = position
        }
    }

    static func byteByByte(
        _ bytes: [UInt8], limits: FrameDecoder.Limits = .init(), inflater: Inflater? = nil
    ) -> Reading {
        Reading(bytes, pieces: bytes.map { _ in 1 }, limits: limits, inflater: inflater)
    }
}

extension WebSocketEvent {
    static func text(_ text: String) -> WebSocketEvent { .text(ByteBuffer(string: text)) }
}
