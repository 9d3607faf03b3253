import Handlers
import TestSupport
import Testing

@Suite("The digits of the time are those of the turn")
struct TimestampTests {
    @Test("a post and a private message of a later second say so")
    func later() throws {
        let router = TestRouter([Broadcast.self, Private.self])
        let (sender, other) = (router.join(), router.join())
        var times: [Int] = []
        for _ in 1...3 {
            router.post(#"{"type":"message","content":"hi"}"#, from: sender)
            router.post(#"{"type":"private_message","to_id":2,"content":"hi"}"#, from: sender)
            router.endTurn()
            let said = try router.said(to: other).compactMap { $0["timestamp"] as? Int }
            #expect(said.count == 2 && Set(said).count == 1)
            times += said.prefix(1)
            router.pass(.seconds(2))
        }
        #expect(times == [times[0], times[0] + 2, times[0] + 4])
    }
}
