import NIOCore
import Seeds
import Testing

@testable import WebSocketWire

@Suite("RFC 7692, section 6: compressed messages in frames")
struct CompressedMessageTests {
    private let inflater = Inflater()
    private let deflater = Deflater()
    private let limits = FrameDecoder.Limits(maxMessageBytes: 1_000, maxFrameBytes: 20_000, maxFragments: 6)

    private func fragments(_ payload: [UInt8], _ sizes: [Int], _ opcode: Opcode = .text) -> [ClientFrame] {
        var rest = payload[...]
        var frames = sizes.map { size in
            defer { rest = rest.dropFirst(size) }
            return ClientFrame(.continuation, Array(rest.prefix(size)), isFinal: false)
        }
        frames.append(ClientFrame(.continuation, Array(rest)))
        frames[0].opcode = opcode.rawValue
        frames[0].reserved = 4
        return frames
    }

    @Test(
        "a message is inflated when all of it has come, whatever its fragments and the pieces of bytes",
        arguments: 0..<50)
    func splits(seed: UInt64) {
        var random = Seeded(seed)
        let text = String((0..<300).map { _ in "aбв好🙂 ".randomElement(using: &random)! }.prefix(200))
        let payload = deflater.compressed(text)
        let sizes = (0..<Int.random(in: 0...5, using: &random)).map { _ in
            Int.random(in: 0...payload.count / 2, using: &random)
        }
        let frames = sizes.isEmpty ? [ClientFrame(compressed: payload)] : fragments(payload, sizes)
        let stream = frames.bytes + ClientFrame(text: "plain").bytes + ClientFrame(compressed: payload).bytes
        let pieces = (0..<40).map { _ in Int.random(in: 1...40, using: &random) }
        let whole = Reading(stream, limits: limits, inflater: inflater)
        #expect(whole.events == [.text(text), .text("plain"), .text(text)])
        #expect(Reading(stream, pieces: pieces, limits: limits, inflater: inflater).events == whole.events)
    }

    @Test("control frames between the fragments are answered at once, and are never compressed")
    func controlBetween() {
        let frames = fragments(deflater.compressed("Hello"), [2, 3])
        let stream = [frames[0], ClientFrame(.ping, [1]), frames[1], ClientFrame(.pong, [2]), frames[2]]
        #expect(
            Reading(stream.bytes, inflater: inflater).events
                == [.ping(ByteBuffer(bytes: [1])), .pong(ByteBuffer(bytes: [2])), .text("Hello")])
        for opcode in [Opcode.ping, .pong, .close] {
            for before in [[], [frames[0]]] {
                var control = ClientFrame(opcode, [])
                control.reserved = 4
                let reading = Reading.byteByByte(before.bytes + control.bytes, inflater: inflater)
                #expect(reading.fault == .compressedBit)
                #expect(reading.position == before.bytes.count + 1)
            }
        }
    }

    @Test("RSV1 on a continuation is a protocol error, whether its message is compressed or not")
    func continuation() {
        for first in [ClientFrame(.text, [], isFinal: false), ClientFrame(compressed: [], isFinal: false)] {
            var next = ClientFrame(.continuation, [0])
            next.reserved = 4
            #expect(Reading.byteByByte([first, next].bytes, inflater: inflater).fault == .compressedBit)
        }
        var stray = ClientFrame(.continuation, [0])
        stray.reserved = 4
        #expect(Reading(stray.bytes, inflater: inflater).fault == .compressedBit)
    }

    @Test("RSV2 and RSV3 are refused always, RSV1 where nothing was agreed on", arguments: UInt8(1)...7)
    func reserved(bits: UInt8) {
        for opcode in [Opcode.text, .binary, .ping] {
            var frame = ClientFrame(opcode, [0])
            frame.reserved = bits
            #expect(Reading.byteByByte(frame.bytes).fault == .reservedBits)
            guard bits != 4 else { continue }
            let reading = Reading.byteByByte(frame.bytes, inflater: inflater)
            #expect(reading.fault == .reservedBits)
            #expect(reading.fault?.code == .protocolError && reading.position == 1)
        }
    }

    @Test("a compressed message may not be split into more fragments than others")
    func fragmentLimit() {
        let frames = fragments(deflater.compressed("Hello"), [1, 1, 1, 1, 1, 1])
        #expect(Reading(frames.bytes, limits: limits, inflater: inflater).fault == .tooManyFragments(limit: 6))
    }

    @Test(
        "a bomb is stopped at max_frame_bytes: 10 KB that would be 10 MB, 1 MB that would be 1 GB",
        arguments: [(10 << 20, 10_240), (1_000 << 20, 10_240), (1 << 30, 2 << 20)])
    func bombs(bytes: Int, limit: Int) {
        let limits = FrameDecoder.Limits(maxMessageBytes: limit, maxFrameBytes: 4 << 20)
        let bomb = Bomb.zeros(bytes)
        #expect(bomb.count < bytes / 990)
        let reading = Reading(ClientFrame(compressed: bomb, .binary).bytes, limits: limits, inflater: inflater)
        #expect(reading.events.isEmpty)
        #expect(reading.fault == .frameTooBig(limit: 4 << 20))
        #expect(reading.fault?.code == .messageTooBig)
        #expect(inflater.heldBytes <= Inflater.mostKept)
    }

    /// A text that is too large, compressed or not.
    private var overlong: [UInt8] {
        var random = Seeded(3)
        return (0..<4_000).map { _ in UInt8.random(in: 32...126, using: &random) }
    }

    @Test("a message that is too large already as it comes is thrown away, and the next one arrives")
    func thrownAway() throws {
        let payload = deflater.compressed(overlong)
        let frames = fragments(payload, [700, 700])
        var decoder = FrameDecoder(limits: limits, inflater: inflater)
        var input = ByteBuffer(bytes: frames.bytes.dropLast())
        #expect(try decoder.next(&input) == nil)
        #expect(decoder.heldBytes == 0 && inflater.followed == 1)
        input.writeBytes(frames.bytes.suffix(1) + ClientFrame(compressed: deflater.compressed("next")).bytes)
        #expect(try decoder.next(&input) == .tooLarge(.text, bytes: 4_000))
        #expect(inflater.followed == 0)
        #expect(try decoder.next(&input) == .text("next"))
        var frame = ClientFrame(compressed: [], .binary)
        frame.announced = 20_001
        #expect(Reading(frame.header, limits: limits, inflater: inflater).fault == .frameTooBig(limit: 20_000))
    }

    @Test("what is thrown away has to be UTF-8, whole, and within max_frame_bytes all the same")
    func thrownAwayFaults() {
        func fault(_ payload: [UInt8]) -> WebSocketFault? {
            let reading = Reading.byteByByte(
                ClientFrame(compressed: payload).bytes, limits: limits, inflater: inflater)
            #expect(inflater.followed == 0)
            return reading.fault
        }
        let payload = deflater.compressed(overlong)
        #expect(fault(payload) == nil)
        #expect(fault(Array(payload.dropLast())) == .notDeflated)
        #expect(fault(deflater.compressed(overlong + [0xFF])) == .textNotUTF8)
        #expect(fault(deflater.compressed(overlong + [0xE5, 0xA5])) == .textNotUTF8)
        let bomb = deflater.compressed(overlong + [UInt8](repeating: 32, count: 1 << 20))
        #expect(bomb.count < 10_000)
        #expect(fault(bomb) == .frameTooBig(limit: 20_000))
    }

    @Test("only some are looked at as they come; others are thrown away unseen, and a client that is gone makes room")
    func mostFollowed() throws {
        let payload = deflater.compressed(overlong + [0xFF])
        let start = ClientFrame(compressed: payload).bytes.dropLast(payload.count - 10)
        var decoders = (0..<Inflater.mostFollowed).map { _ in FrameDecoder(limits: limits, inflater: inflater) }
        for index in decoders.indices {
            var input = ByteBuffer(bytes: start)
            #expect(try decoders[index].next(&input) == nil)
        }
        #expect(inflater.followed == Inflater.mostFollowed)
        let stream = ClientFrame(compressed: payload).bytes
        let unseen = Reading(stream, limits: limits, inflater: inflater)
        #expect(unseen.events == [.tooLarge(.text, bytes: payload.count)])
        decoders.removeLast()
        #expect(Reading(stream, limits: limits, inflater: inflater).fault == .textNotUTF8)
    }

    @Test("a message of the limit is delivered also when compressing has made it larger")
    func incompressible() {
        var random = Seeded(4)
        let noise = (0..<1_000).map { _ in UInt8.random(in: 0...255, using: &random) }
        for level in [1, 6] {
            for memoryLevel in [1, 5, 8] {
                let payload = Deflater(level: level, memoryLevel: memoryLevel).compressed(noise)
                #expect(payload.count > 1_000)
                let reading = Reading(
                    ClientFrame(compressed: payload, .binary).bytes, limits: limits, inflater: inflater)
                #expect(reading.events == [.binary(ByteBuffer(bytes: noise))])
            }
        }
    }

    @Test("text that is not UTF-8 once it is inflated is 1007; compressed it need not be")
    func utf8() {
        let bad = Reading(ClientFrame(compressed: deflater.compressed([0x61, 0xFF])).bytes, inflater: inflater)
        #expect(bad.fault == .textNotUTF8 && bad.fault?.code == .invalidPayload)
        let binary = ClientFrame(compressed: deflater.compressed([0x61, 0xFF]), .binary)
        #expect(Reading(binary.bytes, inflater: inflater).events == [.binary(ByteBuffer(bytes: [0x61, 0xFF]))])
        let garbage = Reading(ClientFrame(compressed: [0xFF, 0xFF]).bytes, inflater: inflater)
        #expect(garbage.fault == .notDeflated && garbage.fault?.code == .invalidPayload)
    }

    @Test("one inflater serves connections whose messages come in turns")
    func shared() throws {
        let texts = ["the first of two", "and the second"]
        var decoders = texts.map { _ in FrameDecoder(inflater: inflater) }
        let streams = texts.map { fragments(deflater.compressed($0), [3, 4]).bytes }
        var events: [[WebSocketEvent]] = [[], []]
        var unread = [ByteBuffer(), ByteBuffer()]
        for place in 0..<streams.map(\.count).max()! {
            for index in streams.indices where place < streams[index].count {
                unread[index].writeInteger(streams[index][place])
                while let event = try decoders[index].next(&unread[index]) { events[index].append(event) }
            }
        }
        #expect(events == texts.map { [.text($0)] })
    }

    @Test("between messages a decoder holds nothing")
    func memory() throws {
        var decoder = FrameDecoder(inflater: inflater)
        var input = ByteBuffer(bytes: ClientFrame(compressed: deflater.compressed("Hello")).bytes)
        #expect(try decoder.next(&input) == .text("Hello"))
        #expect(try decoder.next(&input) == nil)
        #expect(decoder.heldBytes == 0)
    }
}
