import NIOCore
@testable import RouterCore
import TestSupport
import WebSocketWire

/// Makes ticks as no router would mix them, for connections that come, change rooms, close and end at any time.
struct RandomTicks {
    private var random: Seeded
    private var written = 0
    /// Those who are connected; a number is given out again once its connection has ended.
    private(set) var open: Set<Int> = []
    /// Those who are connected, but were told to close.
    private var closed: Set<Int> = []
    private let rooms = (0..<4).map { Room($0) }
    private let loops: Int
    private let areFrames: Bool
    /// Those who have not taken all that they were sent before.
    private(set) var behind: Set<Int> = []
    /// How much others take at once.
    private(set) var most: [Int: Int] = [:]

    /// - Parameters:
    ///   - loops: how many I/O loops the connections are spread over.
    ///   - areFrames: whether what is posted and replied are whole frames; otherwise just texts.
    init(seed: UInt64, loops: Int = 1, areFrames: Bool = false) {
        random = Seeded(seed)
        (self.loops, self.areFrames) = (loops, areFrames)
    }

    mutating func next() -> Tick {
        for connection in 0..<8 where !open.contains(connection) && random.happens(1, in: 3) { open.insert(connection) }
        var tick = Tick(loops: loops)
        for _ in 0..<Int.random(in: 0...12, using: &random) { add(to: &tick) }
        return tick
    }

    private mutating func add(to tick: inout Tick) {
        guard let connection = open.subtracting(closed).sorted().randomElement(using: &random) else { return }
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<9:
            let except = random.happens(1, in: 2) ? connection : -1
            tick.post(
                frame(), to: rooms.randomElement(using: &random)!, except: except, isDroppable: random.chance(4))
        case 9..<12: tick.reply(frame(), to: connection)
        case 12:
            let (head, content, tail) = (text(), text(), text())
            let header = areFrames ? ByteBuffer.header(of: (head + content + tail).utf8.count) : ByteBuffer()
            tick.reply(header, head, around: ByteBuffer(string: content), tail, to: connection)
        case 13..<18:
            let some = rooms.filter { _ in random.happens(1, in: 2) }
            tick.edit(connection, .move(to: some))
        case 18:
            tick.edit(connection, .close(.noPong))
            closed.insert(connection)
        default: tick.post(frame(), to: Room(0), except: Int.random(in: 8..<20, using: &random))
        }
    }

    /// - Returns: connections that end before the tick is delivered.
    mutating func ending() -> [Int] {
        let ended = open.sorted().filter { _ in random.happens(1, in: 20) }
        open.subtract(ended)
        closed.subtract(ended)
        return ended
    }

    /// Has some be behind, and others take only a part.
    mutating func slowDown() {
        behind = Set(open.sorted().filter { _ in random.chance(3) })
        let partial = open.subtracting(behind).sorted().filter { _ in random.chance(3) }
        most = Dictionary(uniqueKeysWithValues: partial.map { ($0, Int.random(in: 0...60, using: &random)) })
    }

    private mutating func frame() -> ByteBuffer {
        let text = text()
        guard areFrames else { return ByteBuffer(string: text) }
        var frame = ByteBuffer.header(of: text.utf8.count)
        frame.writeString(text)
        return frame
    }

    private mutating func text() -> String {
        written += 1
        let most = areFrames && random.chance(8) ? 900 : 20
        return "\(written)" + String(repeating: "x", count: Int.random(in: 0...most, using: &random)) + ";"
    }
}

extension ByteBuffer {
    /// The header of a text frame whose payload has so many bytes.
    static func header(of payload: Int) -> ByteBuffer {
        var header = ByteBuffer()
        header.writeWithUnsafeMutableBytes(minimumWritableBytes: 10) { space in
            FrameEncoder.writeHeader(.text, payload: payload, to: space.baseAddress!)
        }
        return header
    }
}

extension Tick {
    /// A post whose frame is just this text.
    mutating func post(_ text: String, to room: Room, except: Int = -1, isDroppable: Bool = false) {
        post(ByteBuffer(string: text), to: room, except: except, isDroppable: isDroppable)
    }

    mutating func post(_ frame: ByteBuffer, to room: Room, except: Int = -1, isDroppable: Bool = false) {
        let start = shared.writerIndex
        shared.writeImmutableBuffer(frame)
        if except >= 0 { skipNext(except) }
        posts.append(Post(room: room, range: start..<shared.writerIndex, isDroppable: isDroppable))
    }

    mutating func reply(_ text: String, to connection: Int) { reply(ByteBuffer(string: text), to: connection) }

    mutating func reply(_ frame: ByteBuffer, to connection: Int) {
        let part = connection % parts.count
        let start = parts[part].direct.writerIndex
        parts[part].direct.writeImmutableBuffer(frame)
        edit(connection, .insert(start..<parts[part].direct.writerIndex))
    }

    /// A frame of which the content is kept elsewhere; without a header it is just these texts.
    mutating func reply(
        _ header: ByteBuffer = ByteBuffer(), _ head: String, around content: ByteBuffer, _ tail: String,
        to connection: Int
    ) {
        let part = connection % parts.count
        let start = parts[part].direct.writerIndex
        parts[part].direct.writeImmutableBuffer(header)
        parts[part].direct.writeString(head)
        let middle = parts[part].direct.writerIndex
        parts[part].direct.writeString(tail)
        edit(
            connection,
            .insertAround(
                content, head: start..<middle, tail: middle..<parts[part].direct.writerIndex))
    }
}
