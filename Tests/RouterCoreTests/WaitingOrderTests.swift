import HandlerKit
import RouterCore
import TestSupport
import Testing

@Suite("Whatever waits for how long, each session's messages keep their order")
struct WaitingOrderTests {
    private let router = TestRouter([Translate.self, Slow.self, Post.self, Count.self])

    @Test(
        "random mixes of waiting and immediate messages, answered in random order, against a list of each session",
        arguments: 0..<30)
    func random(seed: UInt64) throws {
        var random = Seeded(seed)
        let senders = (0..<5).map { _ in router.join() }
        let observer = router.join()
        var sent = senders.map { _ in [String]() }
        var refused = senders.map { _ in Set<String>() }
        var pending: [PendingWork] = []
        for step in 0..<400 {
            let sender = Int.random(in: senders.indices, using: &random)
            if random.happens(3, in: 5), !router.isHeld(senders[sender]) {
                let ref = "\(sender)-\(step)"
                sent[sender].append(ref)
                let kind = ["slow", "post", "count", "wrong", "slow"].randomElement(using: &random)!
                if kind == "wrong" { refused[sender].insert(ref) }
                router.post(#"{"type":"\#(kind)","content":"\#(ref)","ref":"\#(ref)"}"#, from: senders[sender])
            } else {
                answerOne(of: &pending, &refused, &random)
            }
            if random.happens(1, in: 7) { router.endTurn() }
        }
        repeat { answerOne(of: &pending, &refused, &random) } while !pending.isEmpty
        router.endTurn()
        for sender in senders.indices { try check(senders[sender], sent[sender], refused[sender]) }
        let posts = try router.said(to: observer)
        #expect(posts.map(\.id) == posts.map(\.id).sorted())
        for sender in senders.indices {
            // Posts carry the name of their sender; the ids are those of its acks.
            let own = posts.filter { $0["from_name"] as? String == "User\(sender + 1)" }.map(\.id)
            #expect(own == own.sorted() && own.count == Set(own).count)
        }
    }

    /// One of the works that wait comes to its end; now and then it fails.
    private func answerOne(
        of pending: inout [PendingWork], _ refused: inout [Set<String>], _ random: inout Seeded
    ) {
        pending += router.work()
        guard !pending.isEmpty else { return }
        router.answer(pending.remove(at: Int.random(in: pending.indices, using: &random)))
        pending += router.work()
    }

    private func check(_ connection: Int, _ sent: [String], _ refused: Set<String>) throws {
        let answers = try router.said(to: connection).filter { $0.ref != nil }
        #expect(answers.map(\.ref) == sent)
        #expect(Set(answers.filter { $0.type == "error" }.compactMap(\.ref)) == refused)
    }
}
