import NIOCore
import Seeds
import Testing

@testable import WebSocketWire

@Suite("RFC 7692, section 7.2.1: compressing a message")
struct DeflaterTests {
    private let deflater = Deflater()
    private let inflater = Inflater()
    private let limits = FrameDecoder.Limits(maxMessageBytes: 1 << 20, maxFrameBytes: 1 << 20)

    private func random(_ count: Int, values: ClosedRange<UInt8> = 0...255) -> [UInt8] {
        var random = Seeded(UInt64(count))
        return (0..<count).map { _ in UInt8.random(in: values, using: &random) }
    }

    private func chat(_ count: Int) -> [UInt8] {
        let line = #"{"type":"message","from_id":12,"from_name":"Ada","content":"so it goes","timestamp":1767323045}"#
        return Array((0...count / line.utf8.count).map { "\($0)\(line)" }.joined().utf8.prefix(count))
    }

    @Test("what is inflated is what was compressed, whatever the window, the size and the bytes", arguments: 9...15)
    func roundTrip(windowBits: Int) throws {
        for size in [0, 1, 2, 125, 511, 512, 513, 4_096, 32_767, 70_000] {
            for message in [
                chat(size), random(size), random(size, values: 97...100), [UInt8](repeating: 0, count: size),
            ] {
                let payload = deflater.compressed(message, windowBits: windowBits)
                #expect(try inflater.inflate(payload, limits: limits) == .message(ByteBuffer(bytes: message)))
            }
        }
    }

    @Test("the payloads are those of zlib, and an empty message is one zero byte (section 7.2.3.6)")
    func payloads() {
        #expect(deflater.compressed("Hello") == [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00])
        #expect(deflater.compressed("") == [0x00])
    }

    @Test("no message refers to one before it (section 7.1.1.1)")
    func noContext() {
        #expect(deflater.compressed("Hello") == deflater.compressed("Hello"))
    }

    @Test("nothing is referred to that the other side's window no longer has", arguments: 9...14)
    func window(bits: Int) {
        let part = random((1 << bits) + 64)
        let repeated = part + part
        #expect(deflater.compressed(repeated, windowBits: bits).count > repeated.count)
        #expect(deflater.compressed(repeated, windowBits: bits + 1).count < repeated.count * 6 / 10)
    }

    @Test("it is appended to what a buffer has, in the header's place and with RSV1 a whole frame")
    func frame() throws {
        let payload = deflater.compressed(chat(5_000))
        var bytes = ByteBuffer(bytes: [1, 2])
        bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: 10) { space in
            FrameEncoder.writeHeader(.text, payload: payload.count, isCompressed: true, to: space.baseAddress!)
        }
        Array(chat(5_000)).withUnsafeBytes { deflater.append(compressed: $0, windowBits: 15, to: &bytes) }
        let header: [UInt8] = [0xC1, 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        #expect(Array(bytes.readableBytesView) == [1, 2] + header + payload)
    }

    @Test("chat gets smaller by more than half, and what can't be compressed hardly grows")
    func sizes() {
        #expect(deflater.compressed(chat(2_000)).count < 1_000)
        #expect(deflater.compressed(random(20_000)).count < 20_100)
    }
}
