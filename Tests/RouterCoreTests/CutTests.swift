import NIOCore
@testable import RouterCore
import TestSupport
import Testing

@Suite("Runs, and what is cut out of them")
struct CutTests {
    private let log = ByteBuffer(bytes: (0..<200).map { UInt8($0) })
    private let direct = ByteBuffer(bytes: (0..<50).map { UInt8(200 + $0) })

    private func post(_ range: Range<Int>, isDroppable: Bool = false) -> Tick.Post {
        Tick.Post(room: Room(1), range: range, isDroppable: isDroppable)
    }

    // MARK: - Runs

    @Test("frames that stand next to each other are one range, and their bytes a slice of the log")
    func neighbours() {
        var run = Run()
        for range in [10..<20, 20..<25, 25..<60] { run.add(post(range)) }
        #expect(run.ranges == [10..<60])
        #expect(run.length == 50)
        #expect(run.bytes(of: log).allBytes == log.bytes(10..<60))
        #expect(run.bytes(of: log).address == log.address.map { $0 + 10 })
        #expect(!run.hasDroppable)
    }

    @Test("with others in between the bytes are joined in the order of the log")
    func joined() {
        var run = Run()
        for range in [0..<3, 10..<20, 30..<31] { run.add(post(range)) }
        #expect(run.bytes(of: log).allBytes == log.bytes(0..<3) + log.bytes(10..<20) + log.bytes(30..<31))
    }

    @Test("storage of bytes that had to be joined is kept for the next, unless they were more than 1 MiB")
    func storageOfJoined() {
        var cut = Cut()
        for (size, isKept) in [(1 << 10, true), (2 << 20, false)] {
            cut.begin()
            cut.insert(0..<1)
            cut.insert(ByteBuffer(repeating: 0, count: size))
            #expect(cut.finish(log, direct)?.readableBytes == size + 1)
            #expect((cut.heldBytes > size) == isKept)
        }
    }

    @Test("what can be done without is in the run, and not in what is kept for those who are behind")
    func droppable() {
        var run = Run()
        run.add(post(0..<5))
        run.add(post(5..<9, isDroppable: true))
        run.add(post(9..<12))
        #expect(run.hasDroppable)
        #expect(run.ranges == [0..<12])
        #expect(run.kept == [0..<5, 9..<12])
        #expect((run.length, run.keptLength) == (12, 8))
        #expect(run.keptBytes(of: log).allBytes == log.bytes(0..<5) + log.bytes(9..<12))
        run.clear()
        #expect(run.ranges.isEmpty && run.kept.isEmpty && run.length == 0 && !run.hasDroppable)
    }

    @Test("a run of nothing but what can be done without keeps nothing")
    func onlyDroppable() {
        var run = Run()
        run.add(post(3..<9, isDroppable: true))
        #expect(run.length == 6)
        #expect(run.keptBytes(of: log).readableBytes == 0)
    }

    // MARK: - Cuts

    @Test("nothing taken is nothing")
    func nothing() {
        var cut = Cut()
        cut.begin()
        cut.take([10..<20], to: 10)
        cut.skip(to: 20)
        cut.take([10..<20], to: 200)
        #expect(cut.finish(log, direct) == nil)
    }

    @Test("what is taken in steps is one slice; a reply alone is a slice of the replies")
    func slices() {
        var cut = Cut()
        cut.begin()
        for end in [12, 12, 15, 200] { cut.take([10..<20], to: end) }
        #expect(cut.finish(log, direct)?.address == log.address.map { $0 + 10 })
        cut.begin()
        cut.insert(5..<9)
        #expect(cut.finish(log, direct)?.address == direct.address.map { $0 + 5 })
    }

    @Test("the buffer of an earlier cut stays as it was while somebody still has it")
    func earlier() {
        var cut = Cut()
        cut.begin()
        for range in [0..<3, 7..<9] { cut.insert(range) }
        let first = cut.finish(log, direct)
        cut.begin()
        for range in [20..<23, 3..<4] { cut.insert(range) }
        #expect(cut.finish(log, direct)?.allBytes == direct.bytes(20..<23) + direct.bytes(3..<4))
        #expect(first?.allBytes == direct.bytes(0..<3) + direct.bytes(7..<9))
    }

    @Test("joining again and again needs no new storage once nobody has the last")
    func storage() {
        var cut = Cut()
        var addresses: Set<UnsafeRawPointer?> = []
        for _ in 0..<10 {
            cut.begin()
            cut.insert(0..<3)
            cut.take([10..<20], to: 200)
            addresses.insert(cut.finish(log, direct)?.address)
        }
        #expect(addresses.count == 1)
    }

    @Test("whatever is taken, skipped and put in between, byte by byte it comes to the same", arguments: 0..<200)
    func likeTheModel(seed: UInt64) {
        var random = Seeded(seed)
        var cut = Cut()
        for _ in 0..<20 {
            cut.begin()
            var model = NaiveCut(log: log, direct: direct)
            var ranges = Self.ranges(&random)
            var end = 0
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                end = min(200, end + Int.random(in: 0...40, using: &random))
                switch Int.random(in: 0..<6, using: &random) {
                case 0:
                    cut.skip(to: end)
                    model.position = max(model.position, end)
                case 1:
                    let start = Int.random(in: 0..<40, using: &random)
                    cut.insert(start..<start + 10)
                    model.bytes += direct.bytes(start..<start + 10)
                case 2:
                    // Whoever changes runs has taken all of the old one up to here.
                    cut.take(ranges, to: end)
                    model.take(ranges, to: end)
                    ranges = Self.ranges(&random)
                    cut.changeRun()
                default:
                    cut.take(ranges, to: end)
                    model.take(ranges, to: end)
                }
            }
            #expect(cut.finish(log, direct)?.allBytes ?? [] == model.bytes)
        }
    }

    /// Ranges of the log, in order, none next to another.
    private static func ranges(_ random: inout Seeded) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var start = Int.random(in: 0...20, using: &random)
        while start < 190 {
            let end = min(200, start + Int.random(in: 1...30, using: &random))
            ranges.append(start..<end)
            start = end + Int.random(in: 1...30, using: &random)
        }
        return ranges
    }
}

/// A cut, byte by byte.
private struct NaiveCut {
    let log: ByteBuffer
    let direct: ByteBuffer
    var position = 0
    var bytes: [UInt8] = []

    mutating func take(_ ranges: [Range<Int>], to end: Int) {
        while position < end {
            if ranges.contains(where: { $0.contains(position) }) { bytes += log.bytes(position..<position + 1) }
            position += 1
        }
    }
}
