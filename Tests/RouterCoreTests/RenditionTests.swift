import NIOCore
@testable import RouterCore
import TestSupport
import Testing
import WebSocketWire

@Suite("Posts as clients get them that can inflate")
struct RenditionTests {
    private let lounge = Room(1)
    private let sink = RecordingSink()

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
            let read = try ReadFrame.all(of: sink.takeBytes(of: connection))
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
        while alone() {}
        #expect(around() < 20_000, "compressed already")
    }

    @Test("what would get longer is sent as it is")
    func random() throws {
        var delivery = joined([15])
        var tick = Tick()
        var random = Seeded(1)
        let text = String((0..<200).map { _ in Character(Unicode.Scalar(UInt8.random(in: 33...126, using: &random))) })
        post("a", in: &tick)
        tick.reply(ByteBuffer(string: text), to: 0)
        delivery.deliver(tick, to: sink)
        let read = try ReadFrame.all(of: sink.takeBytes(of: 0))
        #expect(read.map(\.text) == ["a", text])
        #expect(read.map(\.isCompressed).first == false)
    }

    @Test("a content that many get is compressed once, whatever stands around it")
    func around() throws {
        var delivery = joined([15, 15, 9, 0])
        let content = ByteBuffer(string: String(repeating: "[1,2,3]", count: 20_000))
        let tail = String(repeating: "t", count: 70_000)  // more than one stored block holds
        var tick = Tick()
        for connection in 0..<4 { tick.reply("head \(connection)", around: content, tail, to: connection) }
        delivery.deliver(tick, to: sink)
        for connection in 0..<4 {
            let read = try ReadFrame.all(of: sink.takeBytes(of: connection))
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
                    tick.reply(ByteBuffer(string: text), to: connection)
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
                let read = try ReadFrame.all(of: sink.takeBytes(of: connection))
                #expect(read.map(\.text) == expected[connection])
                #expect(bits[connection] > 0 || !read.contains { $0.isCompressed })
            }
        }
    }

    @Test("a number that is given out again is of nobody's form")
    func numbersAreGivenOutAgain() throws {
        var delivery = joined([15])
        delivery.remove(0)
        var tick = Tick()
        tick.edit(0, .move(to: [lounge]))
        post(String(repeating: "a", count: 300), in: &tick)
        delivery.deliver(tick, to: sink)
        #expect(try ReadFrame.all(of: sink.takeBytes(of: 0)).map(\.isCompressed) == [false])
    }
}

extension Tick {
    fileprivate mutating func reply(_ text: ByteBuffer, to connection: Int) { reply(.text, text, to: connection) }

    /// A frame with this payload, of which the content is kept elsewhere.
    fileprivate mutating func reply(_ head: String, around content: ByteBuffer, _ tail: String, to connection: Int) {
        let start = parts[0].direct.writerIndex
        let payload = head.utf8.count + content.readableBytes + tail.utf8.count
        parts[0].direct.writeWithUnsafeMutableBytes(minimumWritableBytes: 10) { space in
            FrameEncoder.writeHeader(.text, payload: payload, to: space.baseAddress!)
        }
        parts[0].direct.writeString(head)
        let middle = parts[0].direct.writerIndex
        parts[0].direct.writeString(tail)
        edit(
            connection, .insertAround(content, head: start..<middle, tail: middle..<parts[0].direct.writerIndex))
    }
}

/// A server's frame, read by nothing that the server has written it with but zlib.
private struct ReadFrame {
    let isCompressed: Bool
    let text: String

    /// Something ends before it should.
    private struct Cut: Error {}

    static func all(of bytes: ByteBuffer) throws -> [ReadFrame] {
        var (rest, frames) = (bytes, [ReadFrame]())
        while let first = rest.readInteger(as: UInt8.self), let second = rest.readInteger(as: UInt8.self) {
            let length =
                switch second {
                case 126: Int(rest.readInteger(as: UInt16.self) ?? 0)
                case 127: Int(rest.readInteger(as: UInt64.self) ?? 0)
                default: Int(second)
                }
            guard let payload = rest.readSlice(length: length) else { throw Cut() }
            #expect([0x81, 0xC1].contains(first))
            let isCompressed = first == 0xC1
            frames.append(
                ReadFrame(
                    isCompressed: isCompressed,
                    text: String(buffer: isCompressed ? try inflated(payload) : payload)))
        }
        return frames
    }

    private static func inflated(_ payload: ByteBuffer) throws -> ByteBuffer {
        let limits = FrameDecoder.Limits(maxMessageBytes: 1 << 24, maxFrameBytes: 1 << 24)
        let outcome = try payload.withUnsafeReadableBytes { (bytes) throws(WebSocketFault) in
            try Inflater().inflate(bytes, isText: true, limits: limits)
        }
        guard case .message(let message) = outcome else { throw Cut() }
        return message
    }
}
