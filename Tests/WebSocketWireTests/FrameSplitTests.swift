import NIOCore
import Seeds
import Testing

@testable import WebSocketWire

@Suite struct FrameSplitTests {
    private static let limits = FrameDecoder.Limits(maxMessageBytes: 300, maxFrameBytes: 2_000, maxFragments: 6)

    @Test("any split of the bytes gives the same events and the same fault", arguments: 0..<8)
    func anySplit(part: Int) {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("splits of random streams, seed \(seed)")
        var random = Seeded(seed)
        for _ in 0..<80 {
            let stream = RandomStream(using: &random)
            let whole = Reading(stream.bytes, limits: Self.limits)
            if let expected = stream.expected { #expect(whole.events == expected, "seed \(seed)") }
            expectSame(whole, .byteByByte(stream.bytes, limits: Self.limits), seed)
            for longest in [3, 20, 400] {
                let pieces = (0..<stream.bytes.count).map { _ in Int.random(in: 1...longest, using: &random) }
                expectSame(whole, Reading(stream.bytes, pieces: pieces, limits: Self.limits), seed)
            }
        }
    }

    private func expectSame(_ one: Reading, _ other: Reading, _ seed: UInt64) {
        #expect(one.events == other.events, "seed \(seed)")
        #expect(one.fault == other.fault, "seed \(seed)")
    }

    @Test("the fault comes with the same byte whether the bytes before it came one by one or at once")
    func sameByte() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("places of faults, seed \(seed)")
        var random = Seeded(seed)
        for _ in 0..<300 {
            let stream = RandomStream(using: &random)
            let slow = Reading.byteByByte(stream.bytes, limits: Self.limits)
            guard slow.fault != nil else { continue }
            let upTo = Array(stream.bytes.prefix(slow.position))
            #expect(Reading(upTo, limits: Self.limits).fault == slow.fault, "seed \(seed)")
            #expect(Reading(upTo.dropLast(), limits: Self.limits).fault == nil, "seed \(seed)")
        }
    }
}

extension Reading {
    fileprivate init(_ bytes: ArraySlice<UInt8>, limits: FrameDecoder.Limits) {
        self.init(Array(bytes), limits: limits)
    }
}

/// Frames of a random client: half the streams are sound, the others have one byte damaged or one frame made wrong.
private struct RandomStream {
    private(set) var bytes: [UInt8] = []
    /// What a sound stream amounts to.
    private(set) var expected: [WebSocketEvent]?

    init(using random: inout Seeded) {
        var frames: [ClientFrame] = []
        var events: [WebSocketEvent] = []
        for _ in 0..<Int.random(in: 1...8, using: &random) {
            Self.addMessage(&frames, &events, &random)
        }
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            bytes = frames.bytes
            bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1:
            Self.spoil(&frames[Int.random(in: 0..<frames.count, using: &random)], &random)
            bytes = frames.bytes
        default:
            bytes = frames.bytes
            expected = events
        }
    }

    private static func addMessage(
        _ frames: inout [ClientFrame], _ events: inout [WebSocketEvent], _ random: inout Seeded
    ) {
        let isText = Bool.random(using: &random)
        let size = [0, 3, 60, 125, 126, 299, 300, 301, 900].randomElement(using: &random)!
        let payload = isText ? text(size, &random) : (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
        let opcode = isText ? Opcode.text : .binary
        var rest = payload[...]
        for index in 0..<Int.random(in: 1...6, using: &random) {
            let piece = rest.prefix(Int.random(in: 0...size, using: &random))
            rest = rest.dropFirst(piece.count)
            add(ClientFrame(index == 0 ? opcode : .continuation, Array(piece), isFinal: false), &frames, &random)
            if Int.random(in: 0..<4, using: &random) == 0 {
                add(ClientFrame(.ping, [UInt8(index)]), &frames, &random)
                events.append(.ping(ByteBuffer(bytes: [UInt8(index)])))
            }
        }
        let last = frames.lastIndex { $0.opcode < 8 }!
        frames[last].isFinal = true
        frames[last].payload += rest
        let pings = frames[last...].count - 1
        let buffer = ByteBuffer(bytes: payload)
        let event =
            payload.count > 300
            ? WebSocketEvent.tooLarge(opcode, bytes: payload.count)
            : isText ? .text(buffer) : .binary(buffer)
        events.insert(event, at: events.count - pings)
    }

    private static func add(_ frame: ClientFrame, _ frames: inout [ClientFrame], _ random: inout Seeded) {
        var frame = frame
        frame.key = (0..<4).map { _ in UInt8.random(in: 0...255, using: &random) }
        frames.append(frame)
    }

    private static func text(_ size: Int, _ random: inout Seeded) -> [UInt8] {
        let alphabet = Bool.random(using: &random) ? Array("abc {}\"") : Array("aйßࠀ漢🙂\u{10FFFF}")
        var bytes: [UInt8] = []
        while bytes.count < size { bytes += Array(String(alphabet.randomElement(using: &random)!).utf8) }
        return bytes
    }

    private static func spoil(_ frame: inout ClientFrame, _ random: inout Seeded) {
        switch Int.random(in: 0..<7, using: &random) {
        case 0: frame.reserved = UInt8.random(in: 1...7, using: &random)
        case 1: frame.opcode = UInt8.random(in: 0...15, using: &random)
        case 2: frame.key = nil
        case 3: frame.isFinal.toggle()
        case 4: frame.lengthForm = .sixtyFourBits
        case 5: frame = ClientFrame(close: UInt16.random(in: 900...1100, using: &random), [0x41, 0xC3])
        default: frame.payload.append(0xFF)
        }
    }
}
