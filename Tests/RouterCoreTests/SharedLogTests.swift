import Foundation
import NIOCore
@testable import RouterCore
import TestSupport
import Testing

@Suite("Bytes that all who are behind share")
struct SharedLogTests {
    private let chunk = SharedLog.Chunk.capacity
    /// No two places of it look alike.
    private static let pattern = ByteBuffer(bytes: (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })

    private func bytes(_ count: Int, from first: Int = 0) -> ByteBuffer {
        Self.pattern.getSlice(at: first, length: count) ?? ByteBuffer()
    }

    @Test(
        "what was appended is read back, also over the borders of chunks",
        arguments: [
            [0], [1], [65_536], [65_537], [65_535, 1, 1], [200_000], [0, 65_536, 0, 65_536, 3], [40_000, 40_000],
        ])
    func readBack(lengths: [Int]) {
        var log = SharedLog()
        for (index, length) in lengths.enumerated() {
            let expected = bytes(length, from: index * 7)
            let span = log.append(expected)
            #expect(span.count == length)
            #expect(span.holds(expected))
        }
    }

    @Test("a span can be read in steps of any size, and is empty at its end", arguments: [1, 1_000, 65_536, 70_000])
    func steps(step: Int) {
        var log = SharedLog()
        _ = log.append(bytes(60_000))
        let expected = bytes(150_000)
        var span = log.append(expected)
        var read: [UInt8] = []
        while span.count > 0 {
            let front = span.withFront { Array($0.prefix(step)) }
            read += front
            span.drop(front.count)
        }
        #expect(ByteBuffer(bytes: read) == expected)
        #expect(span.withFront { $0.count } == 0)
    }

    @Test("spans that follow each other become one, also at the border of a chunk", arguments: [10, 65_536, 65_546])
    func join(first: Int) {
        var log = SharedLog()
        var span = log.append(bytes(first))
        let isOne = span.join(log.append(bytes(100_000, from: first)))
        #expect(isOne)
        #expect(span.holds(bytes(first + 100_000)))
    }

    @Test("spans with something in between stay two, even when it ends where a chunk does", arguments: [1, 65_436])
    func noJoin(between: Int) {
        var log = SharedLog()
        var span = log.append(bytes(100))
        _ = log.append(bytes(between))
        let isOne = span.join(log.append(bytes(50)))
        #expect(!isOne)
        #expect(span.allBytes == bytes(100).allBytes)
    }

    @Test("spans of two logs stay two")
    func twoLogs() {
        var (log, other) = (SharedLog(), SharedLog())
        var span = log.append(bytes(10))
        let isOne = span.join(other.append(bytes(10)))
        #expect(!isOne)
    }

    @Test("a span that was read to its end can be continued", arguments: [10, 65_536])
    func joinAfterTheEnd(first: Int) {
        var log = SharedLog()
        var span = log.append(bytes(first))
        span.drop(first)
        let isOne = span.join(log.append(bytes(20)))
        #expect(isOne)
        #expect(span.allBytes == bytes(20).allBytes)
    }

    @Test("readers at their own pace each get what was appended while they were behind", arguments: 0..<20)
    func readers(seed: UInt64) {
        var random = Seeded(seed)
        var log = SharedLog()
        var readers = [LogReader](repeating: LogReader(), count: 5)
        for turn in 0..<60 {
            let bytes = bytes(random.pick([1, 50, 5_000, 65_536, 90_000]), from: turn)
            let span = log.append(bytes)
            for index in readers.indices {
                if random.happens(3, in: 4) { readers[index].keep(span, bytes) }
                readers[index].read(Int.random(in: 0...150_000, using: &random))
            }
        }
        for index in readers.indices {
            readers[index].read(.max)
            #expect(readers[index].isRight)
        }
    }

    // MARK: - What is freed

    @Test("a chunk is gone when nobody reads it any more, whoever still reads behind it")
    func freed() {
        var log = SharedLog()
        var slow: SharedLog.Span? = log.append(bytes(chunk))
        var fast: SharedLog.Span? = log.append(bytes(chunk))
        weak let first = slow?.chunk
        weak let second = fast?.chunk
        #expect(first != nil && second != nil)
        slow = nil
        #expect(first == nil && second != nil)
        _ = log.append(bytes(chunk))
        #expect(second != nil)
        fast = nil
        #expect(second == nil)
    }

    @Test("who has read a chunk to its end holds only those behind it")
    func readToTheEnd() {
        var log = SharedLog()
        var span = log.append(bytes(3 * chunk))
        weak let first = span.chunk
        span.drop(chunk - 1)
        #expect(first != nil)
        span.drop(1)
        #expect(first == nil)
        #expect(span.holds(bytes(2 * chunk, from: chunk)))
    }

    @Test("release lets go of the last chunk when nobody reads it, and only then")
    func release() {
        var log = SharedLog()
        var span: SharedLog.Span? = log.append(bytes(10))
        weak let first = span?.chunk
        log.release()
        let isOne = span?.join(log.append(bytes(10, from: 10)))
        #expect(isOne == true)
        #expect(span?.allBytes == bytes(20).allBytes)
        span = nil
        #expect(first != nil)
        log.release()
        #expect(first == nil)
        #expect(log.append(bytes(5)).allBytes == bytes(5).allBytes)
    }

    @Test("a long chain is freed without a call for each of its chunks: a small stack is enough")
    func longChain() {
        let isDone = DispatchSemaphore(value: 0)
        let thread = Thread {
            var log = SharedLog()
            var span: SharedLog.Span? = log.append(ByteBuffer(repeating: 0x61, count: 2_000 * SharedLog.Chunk.capacity))
            log = SharedLog()
            #expect(span?.count == 2_000 * SharedLog.Chunk.capacity)
            span = nil
            isDone.signal()
        }
        thread.stackSize = 64 << 10
        thread.start()
        isDone.wait()
    }
}

extension SharedLog.Span {
    func holds(_ bytes: ByteBuffer) -> Bool { ByteBuffer(bytes: allBytes) == bytes }

    /// What it holds.
    var allBytes: [UInt8] {
        var (rest, bytes) = (self, [UInt8]())
        while rest.count > 0 {
            let front = rest.withFront { Array($0) }
            guard !front.isEmpty else { return bytes }
            bytes += front
            rest.drop(front.count)
        }
        return bytes
    }
}

/// Reads spans, and knows what it should read.
private struct LogReader {
    private var spans: [SharedLog.Span] = []
    private var expected: [UInt8] = []
    private var got: [UInt8] = []

    var isRight: Bool { got == expected }

    mutating func keep(_ span: SharedLog.Span, _ bytes: ByteBuffer) {
        expected += bytes.allBytes
        if !spans.isEmpty, spans[spans.count - 1].join(span) { return }
        spans.append(span)
    }

    mutating func read(_ most: Int) {
        var rest = most
        while rest > 0, !spans.isEmpty {
            let front = spans[0].withFront { Array($0.prefix(rest)) }
            got += front
            rest -= front.count
            spans[0].drop(front.count)
            if spans[0].count == 0 { spans.removeFirst() }
        }
    }
}
