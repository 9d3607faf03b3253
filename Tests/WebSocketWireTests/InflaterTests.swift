import NIOCore
import Seeds
import Testing

@testable import WebSocketWire

@Suite("RFC 7692, section 7.2.2: inflating a message")
struct InflaterTests {
    private let inflater = Inflater()
    private let deflater = Deflater()
    private let limits = FrameDecoder.Limits(maxMessageBytes: 10_240, maxFrameBytes: 1 << 20)

    @Test(
        "the examples of section 7.2.3, and what else deflate allows",
        arguments: [
            ("one block", [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]),
            ("a block without compression", [0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00]),
            ("a block that says it is the last", [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00]),
            ("two blocks", [0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00]),
            ("empty blocks behind it", [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0x00]),
            (
                "two blocks that both say it",
                [0x01, 0x02, 0x00, 0xFD, 0xFF, 0x48, 0x65, 0x01, 0x03, 0x00, 0xFC, 0xFF, 0x6C, 0x6C, 0x6F, 0x00]
            ),
            ("the end within such a block", [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0x01]),
        ] as [(String, [UInt8])])
    func hello(name: String, payload: [UInt8]) throws {
        #expect(try inflater.inflate(payload, isText: true) == .message(ByteBuffer(string: "Hello")), "\(name)")
    }

    @Test("an empty message is an empty block (section 7.2.3.6)")
    func empty() throws {
        for payload: [UInt8] in [[0x00], [0x02, 0x00], [0x00, 0x00, 0x00, 0xFF, 0xFF, 0x00], [0x03, 0x00, 0x00]] {
            #expect(try inflater.inflate(payload, isText: true) == .message(ByteBuffer()))
        }
    }

    @Test(
        "what is no whole deflate data is refused with 1007",
        arguments: [
            ("nothing at all", []),
            ("a kind of block that there is not", [0x06, 0x00]),
            (
                "a length that is not its own complement",
                [0x00, 0x05, 0x00, 0xFB, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00]
            ),
            ("a reference to an earlier message", [0xF2, 0x00, 0x11, 0x00, 0x00]),
            ("a reference to before the first byte", [0x4A, 0x04, 0x22, 0x00]),
            ("more than its length says", [0x00, 0x04, 0x00, 0xFB, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00]),
            ("less than its length says", [0x00, 0x06, 0x00, 0xF9, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F]),
            ("an end that was not taken off", [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00, 0x00, 0xFF, 0xFF]),
            ("garbage behind the last block", [0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0xFF, 0xFF]),
            ("text", Array("Hello".utf8)),
        ] as [(String, [UInt8])])
    func bad(name: String, payload: [UInt8]) {
        #expect(throws: WebSocketFault.notDeflated, "\(name)") { try inflater.inflate(payload) }
        // What went wrong is forgotten with the message.
        #expect((try? inflater.inflate([0x00])) == .message(ByteBuffer()))
    }

    @Test("a message that is cut off is refused, wherever it is cut")
    func truncated() throws {
        var random = Seeded(1)
        let message = (0..<3_000).map { _ in UInt8.random(in: 97...105, using: &random) }
        let payload = deflater.compressed(message)
        for end in 0..<payload.count - 1 {
            #expect(throws: WebSocketFault.notDeflated) { try inflater.inflate(Array(payload[..<end])) }
        }
        #expect(try inflater.inflate(payload) == .message(ByteBuffer(bytes: message)))
    }

    @Test("whatever bytes come, there is an outcome or a fault, and the next message is read", arguments: 0..<200)
    func damaged(seed: UInt64) throws {
        var random = Seeded(seed)
        let text = String(
            repeating: #"{"type":"message","content":"hi"}"#, count: Int.random(in: 1...40, using: &random))
        let good = deflater.compressed(text)
        for _ in 0..<20 {
            var payload = good
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                payload[Int.random(in: 0..<payload.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            _ = try? inflater.inflate(payload, isText: true, limits: limits)
        }
        #expect(try inflater.inflate(good, isText: true, limits: limits) == .message(ByteBuffer(string: text)))
    }

    @Test("up to max_message_bytes it is delivered, up to max_frame_bytes thrown away, past that it is 1009")
    func hit() throws {
        func outcome(_ count: Int) throws -> Inflater.Outcome {
            let payload = deflater.compressed([UInt8](repeating: 0x61, count: count))
            return try inflater.inflate(payload, isText: true, limits: limits)
        }
        for size in [10_239, 10_240] {
            #expect(try outcome(size) == .message(ByteBuffer(repeating: 0x61, count: size)))
        }
        for size in [10_241, 16_384, 65_536, 300_001, 1 << 20] { #expect(try outcome(size) == .tooLarge(bytes: size)) }
        for size in [1 << 20 + 1, 10 << 20] {
            #expect(throws: WebSocketFault.frameTooBig(limit: 1 << 20)) { try outcome(size) }
        }
    }

    @Test("a text is UTF-8 also where it is thrown away, and where a piece ends within a character")
    func utf8() throws {
        let limits = FrameDecoder.Limits(maxMessageBytes: 100, maxFrameBytes: 1 << 20)
        let good = Array(String(repeating: "好", count: 20_000).utf8)
        #expect(
            try inflater.inflate(deflater.compressed(good), isText: true, limits: limits) == .tooLarge(bytes: 60_000))
        for place in [0, 99, 100, 101, 16_383, 16_384, 40_000, 59_999] {
            var bad = good
            bad[place] = 0xFF
            let payload = deflater.compressed(bad)
            #expect(throws: WebSocketFault.textNotUTF8) { try inflater.inflate(payload, isText: true, limits: limits) }
            #expect(try inflater.inflate(payload, limits: limits) == .tooLarge(bytes: 60_000))
        }
        for size in [2, 100, 59_999] {
            #expect(throws: WebSocketFault.textNotUTF8) {
                try inflater.inflate(deflater.compressed(Array(good[..<size])), isText: true, limits: limits)
            }
        }
    }

    @Test("what is held is the message's limit and a piece, and after a large one nothing is kept")
    func memory() throws {
        _ = try inflater.inflate(deflater.compressed("Hello"), limits: limits)
        let usual = inflater.heldBytes
        #expect((1...Inflater.mostKept).contains(usual))
        _ = try inflater.inflate(deflater.compressed([UInt8](repeating: 0, count: 1 << 20)), limits: limits)
        #expect((0...Inflater.mostKept).contains(inflater.heldBytes))
        let wide = FrameDecoder.Limits(maxMessageBytes: 1 << 20, maxFrameBytes: 1 << 20)
        _ = try inflater.inflate(deflater.compressed([UInt8](repeating: 0, count: 1 << 20)), limits: wide)
        #expect(inflater.heldBytes == 0)
    }

    @Test("a message that is kept stays as it was when more are inflated")
    func kept() throws {
        let texts = (0..<50).map { "message \($0)" }
        let outcomes = try texts.map { try inflater.inflate(deflater.compressed($0), isText: true) }
        #expect(outcomes == texts.map { .message(ByteBuffer(string: $0)) })
    }
}
