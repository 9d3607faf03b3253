import JSONWire
import NIOCore
import Testing

@Suite("An array that grows and stays encoded")
struct JSONListTests {
    private func append(_ elements: [some JSONWritable], to list: inout JSONList) {
        list.append { writer in
            for element in elements { element.write(to: &writer) }
            return elements.count
        }
    }

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
            append(piece, to: &list)
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
        append([1, 2], to: &list)
        let earlier = list.text
        append([3], to: &list)
        #expect(String(buffer: earlier.text) == "[1,2]")
        #expect(text(list) == "[1,2,3]")
    }

    @Test("without its elements it is empty, and takes others in the same place")
    func removal() {
        var list = JSONList()
        append(Array(repeating: 1, count: 1_000), to: &list)
        let place = address(list)
        list.removeAll()
        #expect(text(list) == "[]" && list.count == 0)
        append([1, 2], to: &list)
        #expect(text(list) == "[1,2]" && address(list) == place)
        let held = list.text
        list.removeAll()
        #expect(String(buffer: held.text) == "[1,2]")
    }

    @Test("while nobody holds an earlier text, elements are appended where it stands, and its bytes are not copied")
    func inPlace() {
        var list = JSONList()
        append(Array(repeating: 1, count: 1_200), to: &list)  // 2.4 of 4 KiB, so that there is storage for more
        let place = address(list)
        for _ in 0..<10 { append([2], to: &list) }
        #expect(address(list) == place)
        let held = list.text
        append([3], to: &list)
        #expect(address(list) != place)
        #expect(held.withBytes { $0.baseAddress } == place)
    }
}
