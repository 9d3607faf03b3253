import NIOCore
@testable import RouterCore
@testable import RouterServer
import TestSupport
import Testing

@Suite("What waits for a client")
struct OutboxTests {
    private func taken(_ outbox: inout Outbox) -> [String] {
        var pieces: [String] = []
        while !outbox.isEmpty {
            let piece = outbox.take(upTo: .max)
            pieces.append(String(buffer: piece))
            guard piece.readableBytes > 0 else { break }
        }
        return pieces
    }

    @Test("own and shared bytes leave in the order in which they came")
    func order() {
        var (outbox, log) = (Outbox(), SharedLog())
        outbox.add(ByteBuffer(string: "a"))
        outbox.add(log.append(ByteBuffer(string: "b")))
        outbox.add(ByteBuffer(string: "c"))
        outbox.add(log.append(ByteBuffer(string: "d")))
        #expect(outbox.bytes == 4)
        #expect(taken(&outbox) == ["a", "b", "c", "d"])
        #expect(outbox.bytes == 0)
    }

    @Test("small pieces of its own become one, up to 16 KiB, and shared ones that follow each other become one")
    func joined() {
        var (outbox, log) = (Outbox(), SharedLog())
        for text in ["a", "b", "c"] { outbox.add(ByteBuffer(string: text)) }
        for text in ["d", "e"] { outbox.add(log.append(ByteBuffer(string: text))) }
        #expect(taken(&outbox) == ["abc", "de"])
        for count in [10_000, 6_384, 1] { outbox.add(ByteBuffer(repeating: 0x61, count: count)) }
        #expect(taken(&outbox).map(\.utf8.count) == [16_384, 1])
    }

    @Test("joining copies into the piece that waits, and changes nothing that others hold")
    func othersUntouched() {
        var outbox = Outbox()
        let first = ByteBuffer(string: "first")
        outbox.add(first)
        let front = outbox.take(upTo: 2)
        outbox.add(ByteBuffer(string: "second"))
        #expect(String(buffer: first) == "first")
        #expect(String(buffer: front) == "fi")
        #expect(taken(&outbox) == ["rstsecond"])
    }

    @Test("adding small pieces one by one to what waits does not copy it each time")
    func noCopies() {
        var outbox = Outbox()
        outbox.add(ByteBuffer(repeating: 0x61, count: 9_000))
        outbox.add(ByteBuffer(repeating: 0x61, count: 1))
        let address = outbox.withFront { $0.baseAddress }
        for _ in 0..<1_000 { outbox.add(ByteBuffer(repeating: 0x61, count: 1)) }
        #expect(outbox.withFront { $0.baseAddress } == address)
        #expect(outbox.bytes == 10_001)
    }

    @Test("nothing is added by nothing, and nothing is at the front of an empty one")
    func empty() {
        var (outbox, log) = (Outbox(), SharedLog())
        outbox.add(ByteBuffer())
        outbox.add(log.append(ByteBuffer()))
        #expect(outbox.isEmpty)
        #expect(outbox.withFront { $0.count } == 0)
        #expect(outbox.take(upTo: 100).readableBytes == 0)
        outbox.drop(0)
        #expect(outbox.isEmpty)
    }

    @Test("who has got to the end of what it follows does not follow any more, and nothing empty is left at its front")
    func caughtUp() {
        var (outbox, log) = (Outbox(), SharedLog())
        outbox.add(log.append(ByteBuffer(string: "one;")), follows: true)
        outbox.drop(4)
        #expect(!outbox.isEmpty)  // for all that it knows
        outbox.add(ByteBuffer(string: "two;"))
        _ = log.append(ByteBuffer(string: "for others"))
        #expect(taken(&outbox) == ["two;"])
        outbox.add(log.append(ByteBuffer(string: "three;")), follows: true)
        outbox.drop(6)
        #expect(!outbox.hasMore() && outbox.isEmpty && !outbox.isFollowing)
    }

    @Test("removeAll forgets both kinds")
    func removeAll() {
        var (outbox, log) = (Outbox(), SharedLog())
        outbox.add(ByteBuffer(string: "a"))
        outbox.add(log.append(ByteBuffer(string: "b")))
        outbox.removeAll()
        #expect(outbox.isEmpty && outbox.bytes == 0)
        outbox.add(ByteBuffer(string: "c"))
        #expect(taken(&outbox) == ["c"])
    }

    @Test("whatever is added, dropped and taken, what leaves is what came, byte for byte", arguments: 0..<40)
    func likeTheModel(seed: UInt64) {
        var random = Seeded(seed)
        var (outbox, log) = (Outbox(), SharedLog())
        var (expected, got) = ([UInt8](), [UInt8]())
        for _ in 0..<150 {
            let length = random.pick([0, 1, 100, 3_000, 17_000, 70_000])
            let bytes = ByteBuffer(repeating: UInt8.random(in: 0...255, using: &random), count: length)
            if log.beginsAnew { outbox.stopFollowing() }  // as the delivery does
            switch Int.random(in: 0..<7, using: &random) {
            case 5:
                outbox.stopFollowing()
                outbox.add(log.append(bytes), follows: true)
                expected += bytes.readableBytesView
            case 6: outbox.stopFollowing()
            case 0:
                outbox.add(bytes)
                expected += bytes.readableBytesView
            case 1:
                outbox.stopFollowing()
                outbox.add(log.append(bytes))
                expected += bytes.readableBytesView
            case 2:  // for others, and for who follows
                _ = log.append(bytes)
                if outbox.isFollowing { expected += bytes.readableBytesView }
            case 3: got += outbox.take(upTo: Int.random(in: 0...80_000, using: &random)).readableBytesView
            default:
                let front = outbox.withFront { Array($0.prefix(Int.random(in: 0...80_000, using: &random))) }
                outbox.drop(front.count)
                got += front
            }
            outbox.takeInLog()
            #expect(outbox.bytes == expected.count - got.count)
        }
        while outbox.hasMore() { got += outbox.take(upTo: 50_000).readableBytesView }
        let isSame = got == expected
        #expect(isSame)
        #expect(outbox.isEmpty && !outbox.isFollowing)
    }
}
