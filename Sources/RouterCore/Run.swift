import NIOCore

/// What the members of one group of rooms get of a tick: where its frames stand in the tick's log.
///
/// They stand next to each other unless other rooms posted in between: then the run is a slice of the log, and nothing
/// is copied.
struct Run {
    /// In the order of the log; neighbours are one.
    private(set) var ranges: [Range<Int>] = []
    /// Those that clients which are behind get.
    private(set) var kept: [Range<Int>] = []
    private(set) var length = 0
    private(set) var keptLength = 0

    var hasDroppable: Bool { keptLength < length }

    mutating func add(_ post: Tick.Post) {
        Self.add(post.range, to: &ranges)
        length += post.range.count
        guard !post.isDroppable else { return }
        Self.add(post.range, to: &kept)
        keptLength += post.range.count
    }

    private static func add(_ range: Range<Int>, to ranges: inout [Range<Int>]) {
        if let last = ranges.indices.last, ranges[last].upperBound == range.lowerBound {
            ranges[last] = ranges[last].lowerBound..<range.upperBound
        } else {
            ranges.append(range)
        }
    }

    mutating func clear() {
        ranges.removeAll(keepingCapacity: true)
        kept.removeAll(keepingCapacity: true)
        (length, keptLength) = (0, 0)
    }

    /// Its bytes in a row: a slice of the log where that is possible, and a copy otherwise.
    func bytes(of log: ByteBuffer) -> ByteBuffer { Self.join(ranges, of: log, length) }

    /// Those of them that clients which are behind get.
    func keptBytes(of log: ByteBuffer) -> ByteBuffer { Self.join(kept, of: log, keptLength) }

    private static func join(_ ranges: [Range<Int>], of log: ByteBuffer, _ length: Int) -> ByteBuffer {
        if ranges.count == 1, let slice = log.getSlice(at: ranges[0].lowerBound, length: length) { return slice }
        var joined = ByteBuffer()
        joined.reserveCapacity(length)
        for range in ranges { joined.writeBytes(log.readableBytesView[range]) }
        return joined
    }
}

/// One member's bytes of a tick, cut out of its group's run in order.
struct Cut {
    private var pieces: [Piece] = []
    private var length = 0
    /// How far the log has been looked at, and which range of the run comes next.
    private var position = 0
    private var next = 0
    /// The bytes of the last one, when they had to be joined.
    private var joined = ByteBuffer()
    /// Contents that stand neither in the log nor among the direct bytes.
    private var contents: [ByteBuffer] = []

    /// Storage that is held for the next one.
    var heldBytes: Int { joined.capacity }

    /// Storage larger than this is not kept for the next one.
    private static let mostKept = 1 << 20

    private enum Piece { case shared(Range<Int>), direct(Range<Int>), content(Int) }

    /// Begins anew, with the storage of the last one.
    mutating func begin() {
        pieces.removeAll(keepingCapacity: true)
        if !contents.isEmpty { contents.removeAll(keepingCapacity: true) }
        (length, position, next) = (0, 0, 0)
    }

    /// Takes what the ranges of a run hold up to a place in the log.
    mutating func take(_ ranges: [Range<Int>], to end: Int) {
        while next < ranges.count, ranges[next].lowerBound < end {
            let start = max(position, ranges[next].lowerBound)
            let stop = min(end, ranges[next].upperBound)
            if start < stop { add(start..<stop) }
            if ranges[next].upperBound > end { break }
            next += 1
        }
        position = max(position, end)
    }

    private mutating func add(_ range: Range<Int>) {
        length += range.count
        if case .shared(let last) = pieces.last, last.upperBound == range.lowerBound {
            pieces[pieces.count - 1] = .shared(last.lowerBound..<range.upperBound)
        } else {
            pieces.append(.shared(range))
        }
    }

    /// What has not been taken up to a place in the log is not wanted.
    mutating func skip(to end: Int) { position = max(position, end) }

    mutating func insert(_ range: Range<Int>) {
        length += range.count
        if case .direct(let last) = pieces.last, last.upperBound == range.lowerBound {
            pieces[pieces.count - 1] = .direct(last.lowerBound..<range.upperBound)
        } else {
            pieces.append(.direct(range))
        }
    }

    /// Inserts a content with direct bytes around it.
    mutating func insert(_ content: ByteBuffer, _ head: Range<Int>, _ tail: Range<Int>) {
        insert(head)
        insert(content)
        insert(tail)
    }

    /// Inserts a frame that stands neither in the log nor among the direct bytes.
    mutating func insert(_ frame: ByteBuffer) {
        length += frame.readableBytes
        pieces.append(.content(contents.count))
        contents.append(frame)
    }

    /// From here on another run's ranges are taken from.
    mutating func changeRun() { next = 0 }

    /// All that was taken, as one buffer: a slice where that is possible; nil when it is nothing.
    mutating func finish(_ log: ByteBuffer, _ direct: ByteBuffer) -> ByteBuffer? {
        switch pieces.first {
        case nil: return nil
        case .shared(let range) where pieces.count == 1: return log.getSlice(at: range.lowerBound, length: range.count)
        case .direct(let range) where pieces.count == 1:
            return direct.getSlice(at: range.lowerBound, length: range.count)
        default: break
        }
        joined.clear(minimumCapacity: length)  // others may still send from the last one: then it takes a new one
        join(log, direct)
        if !contents.isEmpty { contents.removeAll(keepingCapacity: true) }
        defer { if joined.capacity > Self.mostKept { joined = ByteBuffer() } }  // it may be long until the next one
        return joined
    }

    /// One look into each buffer for all pieces: each has its price.
    private mutating func join(_ log: ByteBuffer, _ direct: ByteBuffer) {
        joined.writeWithUnsafeMutableBytes(minimumWritableBytes: length) { target in
            var target = target
            log.withVeryUnsafeBytes { log in
                direct.withVeryUnsafeBytes { direct in
                    for piece in pieces {
                        switch piece {
                        case .shared(let range): target.take(UnsafeRawBufferPointer(rebasing: log[range]))
                        case .direct(let range): target.take(UnsafeRawBufferPointer(rebasing: direct[range]))
                        case .content(let place): contents[place].withUnsafeReadableBytes { target.take($0) }
                        }
                    }
                }
            }
            return length
        }
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Copies bytes to the front, and goes on behind them.
    fileprivate mutating func take(_ bytes: UnsafeRawBufferPointer) {
        copyMemory(from: bytes)
        self = UnsafeMutableRawBufferPointer(rebasing: self[bytes.count...])
    }
}
