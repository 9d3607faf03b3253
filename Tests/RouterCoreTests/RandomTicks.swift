import NIOCore
@testable import RouterCore
import TestSupport

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
    /// Those who have not taken all that they were sent before.
    private(set) var behind: Set<Int> = []
    /// How much others take at once.
    private(set) var most: [Int: Int] = [:]

    /// - Parameter loops: how many I/O loops the connections are spread over.
    init(seed: UInt64, loops: Int = 1) {
        random = Seeded(seed)
        self.loops = loops
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
                text(), to: rooms.randomElement(using: &random)!, except: except, isDroppable: random.chance(4))
        case 9..<12: tick.reply(text(), to: connection)
        case 12: tick.reply(text(), around: text(), text(), to: connection)
        case 13..<18:
            let some = rooms.filter { _ in random.happens(1, in: 2) }
            tick.edit(connection, .move(to: some))
        case 18:
            tick.edit(connection, .close(.noPong))
            closed.insert(connection)
        default: tick.post(text(), to: Room(0), except: Int.random(in: 8..<20, using: &random))
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

    private mutating func text() -> String {
        written += 1
        return "\(written)" + String(repeating: "x", count: Int.random(in: 0...20, using: &random)) + ";"
    }
}

extension Tick {
    /// A post whose frame is just this text.
    mutating func post(_ text: String, to room: Room, except: Int = -1, isDroppable: Bool = false) {
        let start = shared.writerIndex
        shared.writeString(text)
        if except >= 0 { skipNext(except) }
        posts.append(Post(room: room, range: start..<shared.writerIndex, isDroppable: isDroppable))
    }

    mutating func reply(_ text: String, to connection: Int) {
        let part = connection % parts.count
        let start = parts[part].direct.writerIndex
        parts[part].direct.writeString(text)
        edit(connection, .insert(start..<parts[part].direct.writerIndex))
    }

    mutating func reply(_ head: String, around content: String, _ tail: String, to connection: Int) {
        let part = connection % parts.count
        let start = parts[part].direct.writerIndex
        parts[part].direct.writeString(head + tail)
        let middle = start + head.utf8.count
        edit(
            connection,
            .insertAround(
                ByteBuffer(string: content), head: start..<middle, tail: middle..<parts[part].direct.writerIndex))
    }
}
