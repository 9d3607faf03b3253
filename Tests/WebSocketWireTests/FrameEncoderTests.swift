import NIOCore
import Testing

@testable import WebSocketWire

@Suite struct FrameEncoderTests {
    @Test(
        "a server's frame has the shortest header, is final and not masked",
        arguments: [
            (0, [0x81, 0]), (1, [0x81, 1]), (125, [0x81, 125]), (126, [0x81, 126, 0, 126]), (127, [0x81, 126, 0, 127]),
            (65_535, [0x81, 126, 0xFF, 0xFF]), (65_536, [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] as [(Int, [UInt8])])
    func headers(size: Int, header: [UInt8]) {
        let payload = [UInt8](repeating: 0x61, count: size)
        let frame = FrameEncoder.frame(.text, ByteBuffer(bytes: payload))
        #expect(Array(frame.readableBytesView) == header + payload)
        #expect(FrameEncoder.headerLength(payload: size) == header.count)
    }

    @Test("a frame is appended to what a buffer already has")
    func append() {
        var buffer = ByteBuffer(bytes: [1, 2])
        buffer.writeWebSocketFrame(.ping, payload: ByteBuffer(bytes: [9]))
        buffer.writeWebSocketFrame(.binary, payload: ByteBuffer())
        #expect(Array(buffer.readableBytesView) == [1, 2, 0x89, 1, 9, 0x82, 0])
    }

    @Test("a close frame has the code and the reason")
    func close() {
        let frame = FrameEncoder.close(.goingAway, reason: "bye")
        #expect(Array(frame.readableBytesView) == [0x88, 5, 0x03, 0xE9] + Array("bye".utf8))
        #expect(Array(FrameEncoder.close(.normal).readableBytesView) == [0x88, 2, 0x03, 0xE8])
    }

    @Test(
        "a close reason is cut at 123 bytes, never within a character",
        arguments: [
            (String(repeating: "a", count: 123), 123), (String(repeating: "a", count: 124), 123),
            (String(repeating: "é", count: 62), 122), (String(repeating: "a", count: 120) + "🙂", 120),
            ("abc" + "👩‍👩‍👧‍👦" + String(repeating: "👩‍👩‍👧‍👦", count: 9), 103), ("e" + String(repeating: "\u{301}", count: 100), 0),
        ])
    func closeReasonCut(reason: String, size: Int) throws {
        var frame = FrameEncoder.close(.policyViolation, reason: reason)
        frame.moveReaderIndex(forwardBy: 4)
        #expect(frame.readableBytes == size)
        #expect(reason.hasPrefix(String(buffer: frame)))
    }
}
