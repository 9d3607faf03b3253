import NIOCore
@testable import RouterCore
import TestSupport
import Testing
import WebSocketWire

@Suite("Posts as clients get them that can inflate")
struct RenditionTests {
    private let lounge = Room(1)
    private let sink = RecordingSink()
    private let deflate = ClientDeflate()

    /// Connections of window sizes; 0 for those that can't inflate.
    private func joined(_ windowBits: [Int], from: Int = 0) -> Delivery {
        var (delivery, tick) = (Delivery(compression: Compression(from: from)), Tick())
        for (connection, bits) in windowBits.enumerated() {
            sink.open.insert(connection)
            if bits > 0 { delivery.compress(for: connection, windowBits: bits) }
            tick.edit(connection, .move(to: [.everyone, lounge]))
        }
        delivery.deliver(tick, to: sink)
        return delivery
    }

    private func post(_ text: String, to room: Room? = nil, except: Int = -1, in tick: inout Tick) {
        let start = tick.shared.writerIndex
        tick.shared.writeWebSocketFrame(.text, payload: ByteBuffer(string: text))
        if except >= 0 { tick.skipNext(except) }
        tick.posts.append(Tick.Post(room: room ?? lounge, range: start..<tick.shared.writerIndex))
    }

    private func frames(of connection: Int, _ windowBits: Int = 15) throws -> [DeliveredFrame] {
        try DeliveredFrame.all(of: sink.takeBytes(of: connection), windowBits, deflate)
    }

    @Test("a post is compressed once for all of one window size; who can't inflate gets the log as it is")
    func once() throws {
        var delivery = joined([0, 15, 15, 9, 0, 15])
        var tick = Tick()
        post(String(repeating: "what everybody says ", count: 20), in: &tick)
        delivery.deliver(tick, to: sink)
        let writes = (0..<6).map { sink.writes[$0]?.first }
        #expect(writes[0]?.address == tick.shared.address && writes[4]?.address == tick.shared.address)
        #expect(writes[1]?.address == writes[2]?.address && writes[1]?.address == writes[5]?.address)
        #expect(writes[3]?.address != writes[1]?.address)
        for connection in 0..<6 {
            let read = try frames(of: connection)
            #expect(read.map(\.text) == [String(repeating: "what everybody says ", count: 20)])
            #expect(read.map(\.isCompressed) == [![0, 4].contains(connection)])
        }
    }

    @Test("below the size from which it is compressed, everybody shares the tick's log")
    func small() {
        var delivery = joined([0, 15, 9], from: 100)
        var tick = Tick()
        post("short", in: &tick)
        delivery.deliver(tick, to: sink)
        #expect(Set(sink.writes.values.map { $0.first?.address }) == [tick.shared.address])
    }

    @Test("for single clients no more is compressed within a second than there is time for; what all get always is")
    func time() throws {
        let compression = Compression(from: 0)
        let text = String(repeating: "all the same ", count: 80_000)
        var buffer = ByteBuffer()
        buffer.writeWebSocketFrame(.text, payload: ByteBuffer(string: text))
        func compressed(_ body: (UnsafeRawBufferPointer, inout ByteBuffer) -> Void) -> Bool {
            var written = ByteBuffer()
            buffer.withUnsafeReadableBytes { body($0, &written) }
            return written.readableBytes < buffer.readableBytes
        }
        func alone() -> Bool { compressed { compression.append(alone: $0, 15, to: &$1) } }
        let most = Compression.mostAlone / buffer.readableBytes
        compression.note(5_000)
        #expect((0...most).map { _ in alone() } == Array(repeating: true, count: most) + [false])
        #expect(compressed { compression.append($0, 15, to: &$1) })
        compression.note(5_000)
        #expect(!alone())
        compression.note(5_000 + Int64(1_000 / most + 1))
        #expect(alone() && !alone())
        let content = ByteBuffer(string: text)
        let head = Array(buffer.readableBytesView.prefix(10))
        func around() -> Int {
            var written = ByteBuffer()
            head.withUnsafeBytes { head in
                compression.append(head, content, UnsafeRawBufferPointer(rebasing: head[..<0]), 15, to: &written)
            }
            return written.readableBytes
        }
        #expect(around() > text.utf8.count)
        compression.note(7_000)
        #expect(around() < 20_000)
        for _ in 0...most { _ = alone() }
        #expect(around() < 20_000, "compressed already")
    }

    @Test("what would get longer is sent as it is")
    func random() throws {
        var delivery = joined([15])
        var tick = Tick()
        var random = Seeded(1)
        let text = String((0..<200).map { _ in Character(Unicode.Scalar(UInt8.random(in: 33...126, using: &random))) })
        post("a", in: &tick)
        tick.reply(.text, ByteBuffer(string: text), to: 0)
        delivery.deliver(tick, to: sink)
        let read = try frames(of: 0)
        #expect(read.map(\.text) == ["a", text])
        #expect(read.map(\.isCompressed).first == false)
    }

    @Test("a content that many get is compressed once, whatever stands around it")
    func around() throws {
        var delivery = joined([15, 15, 9, 0])
        let content = ByteBuffer(string: String(repeating: "[1,2,3]", count: 20_000))
        let tail = String(repeating: "t", count: 70_000)  // more than one stored block holds
        var tick = Tick()
        for connection in 0..<4 {
            let head = "head \(connection)"
            tick.reply(
                .header(of: (head + tail).utf8.count + content.readableBytes), head, around: content, tail,
                to: connection)
        }
        delivery.deliver(tick, to: sink)
        for connection in 0..<4 {
            let read = try frames(of: connection)
            #expect(read.map(\.text) == ["head \(connection)" + String(buffer: content) + tail])
            #expect(read.map(\.isCompressed) == [connection < 3])
        }
    }

    @Test("whatever happens in a tick, inflated it is what others get", arguments: 0..<30)
    func likeThePlain(seed: UInt64) throws {
        var random = Seeded(seed)
        let bits = [0, 0, 15, 15, 9, 12]
        var delivery = joined(bits, from: Int(seed % 3) * 60)
        var moves: [Int: [Room]] = [:]
        for turn in 0..<40 {
            var tick = Tick()
            let rooms = [Room.everyone, lounge, Room(2)]
            var expected = [[String]](repeating: [], count: bits.count)
            for number in 0..<Int.random(in: 0..<8, using: &random) {
                let connection = Int.random(in: 0..<bits.count, using: &random)
                let text = "\(turn).\(number) " + String(repeating: "ab", count: Int.random(in: 0..<80, using: &random))
                switch Int.random(in: 0..<6, using: &random) {
                case 0:
                    tick.reply(.text, ByteBuffer(string: text), to: connection)
                    expected[connection].append(text)
                case 1:
                    moves[connection] = rooms.filter { _ in random.happens(1, in: 2) }
                    tick.edit(connection, .move(to: moves[connection] ?? []))
                default:
                    let room = random.pick(rooms)
                    post(text, to: room, except: connection, in: &tick)
                    for other in bits.indices where other != connection {
                        if moves[other, default: [.everyone, lounge]].contains(room) { expected[other].append(text) }
                    }
                }
            }
            delivery.deliver(tick, to: sink)
            for connection in bits.indices {
                #expect(sink.writes[connection]?.count ?? 0 <= 1)
                #expect(try frames(of: connection, bits[connection]).map(\.text) == expected[connection])
            }
        }
    }

    @Test(
        "whoever is behind, follows, takes a part, does without or moves: inflated it is what the model says, to a byte",
        arguments: 0..<40)
    func behind(seed: UInt64) {
        var run = FollowingRun(
            seed: seed, logSizes: .init(chunk: [7, 100, 64 << 10][Int(seed) % 3], chain: 1 + Int(seed) % 5),
            forms: [0, 0, 15, 15, 9, 12], from: [0, 40, 300][Int(seed) / 3 % 3])
        for _ in 0..<200 { run.turn() }
        run.end()
        #expect(run.faults == [])
        #expect(run.keptSpans > 0)
        #expect(run.compressed.keys.filter { $0 > 0 }.sorted() == [9, 12, 15])
        #expect(run.compressed.filter { $0.key > 0 }.values.allSatisfy { $0 > 0 })
    }

    @Test("a number that is given out again is of nobody's form")
    func numbersAreGivenOutAgain() throws {
        var delivery = joined([15])
        delivery.remove(0)
        var tick = Tick()
        tick.edit(0, .move(to: [lounge]))
        post(String(repeating: "a", count: 300), in: &tick)
        delivery.deliver(tick, to: sink)
        #expect(try frames(of: 0).map(\.isCompressed) == [false])
    }
}
