import NIOCore
import WebSocketWire

/// The posts of a tick as clients of one form get them: as they are, or compressed with one window size (RFC 7692).
///
/// Made at most once per tick, whatever the number of clients. It is the tick's own log while nothing of it is worth
/// compressing, and a log of its own otherwise.
struct Rendition {
    /// 0 for posts as they are.
    let windowBits: Int
    /// How many connections are of this form.
    var count = 0
    private var isOwn = false
    private var own = ByteBuffer()
    /// Where the posts stand in `own`.
    private var ranges: [Range<Int>] = []

    init(windowBits: Int) { self.windowBits = windowBits }

    mutating func make(of tick: borrowing Tick, _ compression: Compression) {
        isOwn = tick.posts.contains { compression.isWorthwhile(for: $0.range.count) }
        guard isOwn else { return }
        // Others may still send from the last: then it takes new storage.
        own.clear(minimumCapacity: tick.shared.readableBytes)
        ranges.removeAll(keepingCapacity: true)
        tick.shared.withVeryUnsafeBytes { log in
            for post in tick.posts {
                let start = own.writerIndex
                let frame = UnsafeRawBufferPointer(rebasing: log[post.range])
                compression.append(frame, windowBits, to: &own)
                ranges.append(start..<own.writerIndex)
            }
        }
    }

    func log(of tick: borrowing Tick) -> ByteBuffer { isOwn ? own : tick.shared }

    func range(ofPost place: Int, in tick: borrowing Tick) -> Range<Int> {
        isOwn ? ranges[place] : tick.posts[place].range
    }

    /// Where posts stand that follow one another.
    func range(ofPosts places: Range<Int>, in tick: borrowing Tick) -> Range<Int> {
        let last = range(ofPost: places.upperBound - 1, in: tick)
        return range(ofPost: places.lowerBound, in: tick).lowerBound..<last.upperBound
    }

    /// Where a post begins, or the log ends when there is none of that number.
    func start(ofPost place: Int, in tick: borrowing Tick) -> Int {
        guard place < tick.posts.count else { return isOwn ? own.writerIndex : tick.shared.writerIndex }
        return range(ofPost: place, in: tick).lowerBound
    }

    /// The tick is delivered. Storage is kept for the next unless it grew large.
    mutating func clear() {
        isOwn = false
        if own.capacity > 1 << 20 { own = ByteBuffer() }
    }
}
