@testable import RouterCore
import TestSupport
import Testing

@Suite("From a type to its route")
struct RouteTableTests {
    private func find(_ type: String, in table: RouteTable) -> [Int]? {
        Array(type.utf8).withUnsafeBytes { table.find($0) }.map { table[$0] }
    }

    @Test("every type is found with its own route, whatever the number of types", arguments: 0...70)
    func allFound(count: Int) {
        let types = (0..<count).map { "type_\($0)" }
        let table = RouteTable(Dictionary(uniqueKeysWithValues: types.enumerated().map { ($1, [$0, $0 + 1]) }))
        for (index, type) in types.enumerated() { #expect(find(type, in: table) == [index, index + 1]) }
        #expect(find("type_\(count)", in: table) == nil)
    }

    @Test("only the very same bytes are found: no prefix, no other case, no longer one")
    func nothingElse() {
        let table = RouteTable(["message": [0], "set_name": [1], "é": [2]])
        for type in [
            "", "m", "messag", "message ", "messages", "Message", "MESSAGE", "message\0", "egassem", "e\u{301}",
        ] {
            #expect(find(type, in: table) == nil)
        }
        #expect(find("é", in: table) == [2])
    }

    @Test("random names that are not in it are not found", arguments: 0..<10)
    func othersNot(seed: UInt64) {
        var random = Seeded(seed)
        func name() -> String {
            String((0..<Int.random(in: 0...6, using: &random)).map { _ in "abc".randomElement(using: &random)! })
        }
        let known = Set((0..<40).map { _ in name() })
        let table = RouteTable(Dictionary(uniqueKeysWithValues: known.map { ($0, [$0.count]) }))
        for _ in 0..<2_000 {
            let type = name()
            #expect(find(type, in: table) == (known.contains(type) ? [type.count] : nil))
        }
    }
}
