import NIOCore

/// What clients that are behind are still to get of their rooms, in one copy for all of them.
///
/// It is a chain of chunks. Nobody counts readers: each holds on to the chunk that it reads next, and a chunk that nobody
/// holds any more is gone. Not for several threads: each I/O loop has its own.
public struct SharedLog {
    /// How large its parts are; other than by default only where a test has them end often.
    package struct Sizes: Sendable {
        /// Bytes of a chunk, 1 or more.
        package var chunk = Chunk.capacity
        /// Most chunks of a chain before the next bytes begin another one: whoever reads hardly anything holds its chain,
        /// and with it what others have waited for since.
        package var chain = 32

        package init() {}

        package init(chunk: Int, chain: Int) { (self.chunk, self.chain) = (chunk, chain) }
    }

    private let sizes: Sizes
    private var last: Chunk?
    private var chainLength = 0
    /// Bytes appended so far, in all chains.
    private(set) var length = 0
    /// Whether what is appended next is found by nobody who follows.
    var beginsAnew: Bool { last == nil || chainLength >= sizes.chain }

    /// One piece of a log. Its bytes are only ever appended to, and never shared as a slice, or appending would copy them.
    final class Chunk {
        static let capacity = 64 << 10
        fileprivate let capacity: Int
        fileprivate var bytes = ByteBuffer()
        fileprivate var next: Chunk?

        fileprivate init(_ capacity: Int) {
            self.capacity = capacity
            bytes.reserveCapacity(capacity)
        }

        fileprivate var room: Int { capacity - bytes.readableBytes }

        deinit {
            // One after the other: freed by each other, a long chain would fill the stack.
            var rest = next
            next = nil
            while isKnownUniquelyReferenced(&rest), let chunk = rest {
                rest = chunk.next
                chunk.next = nil
            }
        }
    }

    /// A part of a log, to be read from its start.
    public struct Span {
        private(set) var chunk: Chunk
        private var offset: Int
        public private(set) var count = 0
        private var lastChunk: Chunk
        private var end: Int

        fileprivate init(at chunk: Chunk) {
            self.chunk = chunk
            lastChunk = chunk
            offset = chunk.bytes.readableBytes
            end = offset
        }

        fileprivate mutating func extend(by count: Int, to chunk: Chunk) {
            self.count += count
            lastChunk = chunk
            end = chunk.bytes.readableBytes
        }

        /// - Returns: whether the other begins where this ended, and is part of this now.
        public mutating func join(_ other: Span) -> Bool {
            guard other.follows(lastChunk, end) else { return false }
            if count == 0 { (chunk, offset) = (other.chunk, other.offset) }
            count += other.count
            if lastChunk !== other.lastChunk { lastChunk = other.lastChunk }
            end = other.end
            return true
        }

        /// Takes in what has been appended behind it since.
        public mutating func extendToEnd() {
            count += lastChunk.bytes.readableBytes - end
            while let next = lastChunk.next {
                lastChunk = next
                count += next.bytes.readableBytes
            }
            end = lastChunk.bytes.readableBytes
            drop(0)  // on to the chunk with the first of them
        }

        /// Whether it begins right behind that place of a chunk.
        private func follows(_ chunk: Chunk, _ end: Int) -> Bool {
            if self.chunk === chunk { return offset == end }
            return offset == 0 && end == chunk.capacity && chunk.next === self.chunk
        }

        /// The bytes at its front that stand in a row; none when it is empty.
        public func withFront<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
            let length = min(count, chunk.bytes.readableBytes - offset)
            return chunk.bytes.withUnsafeReadableBytes { body(.init(rebasing: $0[offset..<offset + length])) }
        }

        func dropping(_ count: Int) -> Span {
            var rest = self
            rest.drop(count)
            return rest
        }

        /// Takes away bytes at its front.
        ///
        /// - Parameter count: at most its own.
        public mutating func drop(_ count: Int) {
            precondition(count <= self.count, "dropped more than there is")
            var rest = count
            self.count -= count
            while rest > 0 || (self.count > 0 && offset == chunk.bytes.readableBytes) {
                let step = min(rest, chunk.bytes.readableBytes - offset)
                offset += step
                rest -= step
                if offset == chunk.bytes.readableBytes, let next = chunk.next, self.count > 0 || rest > 0 {
                    (chunk, offset) = (next, 0)
                }
            }
        }
    }

    public init() { self.init(Sizes()) }

    init(_ sizes: Sizes) { self.sizes = sizes }

    /// Copies bytes to its end.
    public mutating func append(_ bytes: ByteBuffer) -> Span {
        length += bytes.readableBytes
        var chunk = firstChunk()
        var span = Span(at: chunk)
        var rest = bytes
        while rest.readableBytes > 0 {
            if chunk.room == 0 { chunk = following(chunk) }
            let length = min(chunk.room, rest.readableBytes)
            rest.readWithUnsafeReadableBytes { source in
                chunk.bytes.writeBytes(UnsafeRawBufferPointer(rebasing: source[..<length]))
                return length
            }
            span.extend(by: length, to: chunk)
        }
        last = chunk
        return span
    }

    private mutating func firstChunk() -> Chunk {
        guard let last, !beginsAnew else {
            chainLength = 1
            return Chunk(sizes.chunk)
        }
        return last.room > 0 ? last : following(last)
    }

    private mutating func following(_ chunk: Chunk) -> Chunk {
        chainLength += 1
        let next = Chunk(sizes.chunk)
        chunk.next = next
        return next
    }

    /// Lets go of what nobody is still to read.
    mutating func release() {
        if last != nil, isKnownUniquelyReferenced(&last) { last = nil }
    }
}
