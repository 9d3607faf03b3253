import NIOCore
import Testing

@testable import WebSocketWire

@Suite struct MessageLimitTests {
    private let limits = FrameDecoder.Limits(maxMessageBytes: 100, maxFrameBytes: 1_000, maxFragments: 4)

    private func fragments(_ sizes: [Int], _ opcode: Opcode = .text) -> [ClientFrame] {
        sizes.enumerated().map { index, size in
            ClientFrame(
                index == 0 ? opcode : .continuation, [UInt8](repeating: 0x61, count: size),
                isFinal: index == sizes.count - 1)
        }
    }

    @Test(
        "P22: a message of exactly the limit is delivered, one byte more is too large",
        arguments: [
            [100], [50, 50], [0, 0, 0, 100], [100, 0],
        ])
    func messageLimit(sizes: [Int]) {
        let text = String(repeating: "a", count: 100)
        #expect(Reading(fragments(sizes).bytes, limits: limits).events == [.text(text)])
        var over = sizes
        over[over.count - 1] += 1
        #expect(Reading(fragments(over).bytes, limits: limits).events == [.tooLarge(.text, bytes: 101)])
        #expect(Reading(fragments(over, .binary).bytes, limits: limits).events == [.tooLarge(.binary, bytes: 101)])
    }

    @Test("P22: a message that is too large is not held, and the next one arrives")
    func notHeld() throws {
        var decoder = FrameDecoder(limits: limits)
        var input = ByteBuffer(bytes: fragments([90, 20], .text).bytes.dropLast())
        #expect(try decoder.next(&input) == nil)
        #expect(decoder.heldBytes == 0)
        #expect(input.readableBytes == 0)
        input.writeBytes(fragments([90, 20]).bytes.suffix(1) + ClientFrame(text: "next").bytes)
        #expect(try decoder.next(&input) == .tooLarge(.text, bytes: 110))
        #expect(try decoder.next(&input) == .text("next"))
    }

    @Test("P22: text that is thrown away has to be UTF-8 all the same")
    func discardedUTF8() {
        let good = Array(String(repeating: "й", count: 450).utf8)
        for split in [0, 1, 2, 449, 899] {
            let frames = [
                ClientFrame(.text, Array(good[..<split]), isFinal: false),
                ClientFrame(.continuation, Array(good[split...])),
            ]
            #expect(Reading(frames.bytes, limits: limits).events == [.tooLarge(.text, bytes: 900)])
        }
        for place in [0, 1, 99, 100, 500, 899] {
            var bad = good
            bad[place] = 0xFF
            let frame = ClientFrame(.text, bad)
            let reading = Reading.byteByByte(frame.bytes, limits: limits)
            #expect(reading.fault == .textNotUTF8)
            #expect(reading.position == frame.header.count + place + 1)
        }
        #expect(Reading(ClientFrame(.text, good + [0xD0]).bytes, limits: limits).fault == .textNotUTF8)
    }

    @Test(
        "P22: past the frame limit the fault comes with the header, before the payload",
        arguments: [
            [1_001], [1_000, 1], [500, 400, 101], [5_000_000_000],
        ])
    func frameLimit(sizes: [Int]) {
        let before = fragments(Array(sizes.dropLast()) + [0], .binary).dropLast().flatMap(\.bytes)
        var last = ClientFrame(before.isEmpty ? .binary : .continuation)
        last.announced = sizes.last
        let reading = Reading.byteByByte(before + last.header + [0, 0, 0], limits: limits)
        #expect(reading.fault == .frameTooBig(limit: 1_000))
        #expect(reading.position == before.count + last.header.count)
        #expect(reading.fault?.code == .messageTooBig)
    }

    @Test("a message of exactly the frame limit is thrown away, not closed")
    func exactFrameLimit() {
        #expect(Reading(fragments([400, 600]).bytes, limits: limits).events == [.tooLarge(.text, bytes: 1_000)])
    }

    @Test("one fragment more than the limit closes with 1008 and says why")
    func fragmentLimit() throws {
        #expect(Reading(fragments([1, 0, 0, 1]).bytes, limits: limits).events == [.text("aa")])
        let fault = try #require(Reading(fragments([1, 0, 0, 0, 1]).bytes, limits: limits).fault)
        #expect(fault == WebSocketFault(code: .policyViolation, reason: "message in more than 4 fragments"))
    }

    @Test("limits count within one message only")
    func limitsStartAfresh() {
        let stream = (0..<20).flatMap { _ in fragments([40, 30, 20, 10]) }
        #expect(Reading(stream.bytes, limits: limits).events.count == 20)
    }

    @Test("between messages no memory is held, within one no more than has arrived")
    func memory() throws {
        var decoder = FrameDecoder(limits: FrameDecoder.Limits())
        let frame = ClientFrame(.text, [UInt8](repeating: 0x61, count: 10_000))
        var input = ByteBuffer(bytes: frame.bytes)
        #expect(try decoder.next(&input) != nil)
        #expect(try decoder.next(&input) == nil)
        #expect(decoder.heldBytes == 0)
        input.writeBytes(frame.bytes.prefix(100))
        #expect(try decoder.next(&input) == nil)
        #expect((1...128).contains(decoder.heldBytes))
        #expect(MemoryLayout<FrameDecoder>.size <= 128)
    }

    @Test("an event that is kept stays as it was when more is read")
    func keptEvents() {
        let texts = (0..<50).map { "message \($0)" }
        let events = Reading(texts.map { ClientFrame(text: $0) }.bytes).events
        #expect(events == texts.map { .text($0) })
    }
}
