import NIOCore
import Seeds
import Testing

@testable import WebSocketWire

@Suite struct FrameHeaderTests {
    /// What RFC 6455, section 5, says of a frame with one byte of payload, written apart from the decoder.
    private func fault(opcode: UInt8, reserved: UInt8, isFinal: Bool, isMasked: Bool, inMessage: Bool)
        -> WebSocketFault?
    {
        if reserved != 0 { return .reservedBits }
        switch opcode {
        case 0x0 where !inMessage: return .nothingToContinue
        case 0x1 where inMessage, 0x2 where inMessage: return .messageUnfinished
        case 0x0, 0x1, 0x2: break
        case 0x8, 0x9, 0xA: if !isFinal { return .fragmentedControl }
        default: return .reservedOpcode
        }
        if !isMasked { return .notMasked }
        return opcode == 0x8 ? .oneByteClose : nil
    }

    @Test("every opcode with every reserved bit, FIN, mask and place in a message is taken or refused as the RFC says")
    func everyFirstByte() {
        for first in UInt8.min...UInt8.max {
            for (isMasked, inMessage) in [(true, true), (true, false), (false, true), (false, false)] {
                var frame = ClientFrame(.text, [0x41], isFinal: first & 0x80 != 0)
                frame.opcode = first & 0x0F
                frame.reserved = first >> 4 & 0x07
                if !isMasked { frame.key = nil }
                let before = inMessage ? ClientFrame(text: "a", isFinal: false).bytes : []
                let expected = fault(
                    opcode: frame.opcode, reserved: frame.reserved, isFinal: frame.isFinal, isMasked: isMasked,
                    inMessage: inMessage)
                #expect(Reading(before + frame.bytes).fault == expected, "first byte \(first), masked \(isMasked)")
            }
        }
    }

    @Test(
        "a fault in the header is seen at its first wrong byte",
        arguments: [
            ([0xC1], .reservedBits), ([0x83], .reservedOpcode), ([0x09], .fragmentedControl),
            ([0x80], .nothingToContinue),
            ([0x81, 0x05], .notMasked), ([0x89, 0xFE], .longControl), ([0x82, 0xFE, 0, 125], .lengthNotMinimal),
            ([0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], .lengthNotMinimal),
            ([0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0], .lengthTooLong),
        ] as [([UInt8], WebSocketFault)])
    func earliestByte(bytes: [UInt8], fault: WebSocketFault) {
        let reading = Reading.byteByByte(bytes + [UInt8](repeating: 0, count: 200))
        #expect(reading.fault == fault)
        #expect(reading.position == bytes.count)
    }

    @Test(
        "a payload arrives whole at every length around a change of the header's form",
        arguments: [
            0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 63, 64, 65, 124, 125, 126, 127, 128, 1023, 1024, 1025, 65_534,
            65_535,
            65_536, 65_537, 100_000,
        ])
    func lengths(size: Int) {
        let payload = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) }
        let limits = FrameDecoder.Limits(maxMessageBytes: 200_000)
        #expect(
            Reading(ClientFrame(.binary, payload).bytes, limits: limits).events == [.binary(ByteBuffer(bytes: payload))]
        )
    }

    @Test("a length that fits a shorter form is refused in a longer one", arguments: [0, 1, 125, 126, 65_535])
    func lengthNotMinimal(size: Int) {
        var frame = ClientFrame(.binary, [UInt8](repeating: 1, count: size))
        frame.lengthForm = .sixtyFourBits
        #expect(Reading(frame.bytes).fault == .lengthNotMinimal)
        frame.lengthForm = .sixteenBits
        #expect(Reading(frame.bytes).fault == (size <= 125 ? .lengthNotMinimal : nil))
    }

    @Test("a frame unmasks the same whatever its key, alignment and size")
    func masking() {
        var random = Seeded(1)
        for size in 0...130 {
            let payload = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
            var frame = ClientFrame(.binary, payload)
            frame.key = (0..<4).map { _ in UInt8.random(in: 0...255, using: &random) }
            let expected = [WebSocketEvent.binary(ByteBuffer(bytes: payload))]
            #expect(Reading(frame.bytes).events == expected)
            #expect(Reading(frame.bytes, pieces: [6 + size / 3, size / 3]).events == expected)
        }
    }
}
