@testable import RouterCore
import TestSupport
import Testing

@Suite("P31: remembered keys")
struct RememberedKeysTests {
    private func answer(_ id: Int) -> RememberedKeys.Answer {
        .init(digest: UInt64(id), id: Int64(id), timestamp: 0, receiver: nil)
    }

    @Test(
        "the last ones are remembered, as many as allowed, and the oldest are forgotten first",
        arguments: [1, 2, 3, 7, 256])
    func bound(capacity: Int) {
        var keys = RememberedKeys(capacity: capacity)
        for number in 0..<3 * capacity + 1 {
            keys.remember("key\(number)", answer(number))
            for old in 0...number {
                #expect((keys["key\(old)"] == answer(old)) == (old > number - capacity))
            }
        }
    }

    @Test("a capacity of 0 remembers nothing")
    func none() {
        var keys = RememberedKeys(capacity: 0)
        keys.remember("key", answer(1))
        #expect(keys["key"] == nil)
    }

    @Test("limits.max_keys_per_session: a key older than that is taken for a new one")
    func forgotten() throws {
        let router = TestRouter([Post.self], limits: .with(["max_keys_per_session": "2"]))
        let sender = router.join()
        func id(_ key: String) throws -> Int? {
            try router.ask(#"{"type":"post","content":"x","key":"\#(key)","ref":1}"#, from: sender).last?.content["id"]
                as? Int
        }
        #expect(try id("a") == 1)
        #expect(try id("b") == 2)
        #expect(try id("a") == 1)
        #expect(try id("c") == 3)
        #expect(try id("b") == 2)
        #expect(try id("a") == 4)
    }
}
