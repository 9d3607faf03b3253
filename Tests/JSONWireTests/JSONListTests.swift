import JSONWire
import NIOCore
import Testing

@Suite("An array that grows and stays encoded")
struct JSONListTests {
    private func text(_ list: JSONList) -> String { String(buffer: list.text.text) }

    /// Where the bytes stand in memory; nothing is held of them.
    private func address(_ list: JSONList) -> UnsafeRawPointer? { list.text.withBytes { $0.baseAddress } }

    @Test(
        "however its elements came, it is what the array written at once is",
        arguments: [[], [3], [1, 1], [0, 2, 0, 5]])
    func pieces(lengths: [Int]) {
        var list = JSONList()
        var all: [String] = []
        for length in lengths {
            let piece = (0..<length).map { "\(all.count + $0)\"" }
            list.append(contentsOf: piece)
            all += piece
        }
        var writer = JSONWriter(into: ByteBuffer())
        all.write(to: &writer)
        let whole = writer.finish()
        #expect(text(list) == String(buffer: whole))
        #expect(list.count == all.count)
    }

    @Test("what somebody was given stays what it was")
    func given() {
        var list = JSONList()
        list.append(contentsOf: [1, 2])
        let earlier = list.text
        list.append(contentsOf: [3])
        #expect(String(buffer: earlier.text) == "[1,2]")
        #expect(text(list) == "[1,2,3]")
    }

    @Test("while nobody holds an earlier text, elements are appended where it stands, and its bytes are not copied")
    func inPlace() {
        var list = JSONList()
        list.append(contentsOf: Array(repeating: 1, count: 1_200))  // 2.4 of 4 KiB, so that there is storage for more
        let place = address(list)
        for _ in 0..<10 { list.append(contentsOf: [2]) }
        #expect(address(list) == place)
        let held = list.text
        list.append(contentsOf: [3])
        #expect(address(list) != place)
        #expect(held.withBytes { $0.baseAddress } == place)
    }
}
