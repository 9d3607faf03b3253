import NIOCore

/// What the members of one group of rooms get of a tick: its frames one after the other, and where each ends.
///
/// When the frames stand next to each other in the tick's log, as they do unless other rooms posted in between, the
/// run is a slice of that log and copies nothing.
struct Run {
    private(set) var bytes = ByteBuffer()
    private var events: [Int] = []
    private var ends: [Int] = []

    /// Nothing.
    init() {}

    init(_ tick: borrowing Tick, for rooms: [Room]) {
        var ranges: [Range<Int>] = []
        var length = 0
        for (index, event) in tick.events.enumerated() {
            guard case .post(let room, _, let range) = event, rooms.contains(room) else { continue }
            length += range.count
            events.append(index)
            ends.append(length)
            if let last = ranges.last, last.upperBound == range.lowerBound {
                ranges[ranges.count - 1] = last.lowerBound..<range.upperBound
            } else {
                ranges.append(range)
            }
        }
        bytes = Self.join(ranges, of: tick.shared, length: length)
    }

    private static func join(_ ranges: [Range<Int>], of log: ByteBuffer, length: Int) -> ByteBuffer {
        if ranges.count == 1, let slice = log.getSlice(at: ranges[0].lowerBound, length: length) { return slice }
        var joined = ByteBuffer()
        joined.reserveCapacity(length)
        for range in ranges {
            if var slice = log.getSlice(at: range.lowerBound, length: range.count) { joined.writeBuffer(&slice) }
        }
        return joined
    }

    /// How many of the run's bytes come before an event of the tick.
    func offset(before event: Int) -> Int {
        var low = 0
        var high = events.count
        while low < high {
            let middle = (low + high) / 2
            if events[middle] < event { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? 0 : ends[low - 1]
    }

    func slice(_ range: Range<Int>) -> ByteBuffer? {
        range.isEmpty ? nil : bytes.getSlice(at: bytes.readerIndex + range.lowerBound, length: range.count)
    }
}

/// One member's bytes of a tick, cut out of its group's run in order.
struct Cut {
    private var run: Run
    private var place = 0
    private var pieces: [ByteBuffer] = []

    init(run: Run) { self.run = run }

    mutating func skip(_ event: Int) {
        take(to: run.offset(before: event))
        place = max(place, run.offset(before: event + 1))
    }

    mutating func insert(_ bytes: ByteBuffer?, at event: Int) {
        take(to: run.offset(before: event))
        if let bytes { pieces.append(bytes) }
    }

    /// From an event on, the member gets another run.
    mutating func move(to other: Run, at event: Int) {
        take(to: run.offset(before: event))
        run = other
        place = other.offset(before: event)
    }

    /// - Returns: all that the member gets, as one buffer; nil when that is nothing.
    mutating func finish() -> ByteBuffer? {
        take(to: run.bytes.readableBytes)
        guard pieces.count > 1 else { return pieces.first }
        var joined = ByteBuffer()
        joined.reserveCapacity(pieces.reduce(0) { $0 + $1.readableBytes })
        for piece in pieces { joined.writeImmutableBuffer(piece) }
        return joined
    }

    private mutating func take(to end: Int) {
        guard end > place else { return }
        if let piece = run.slice(place..<end) { pieces.append(piece) }
        place = end
    }
}
