import HandlerKit
import HandlerTesting
import Handlers
import RouterCore
import TestSupport
import Testing

@Suite("P35: the history of a room")
struct HistoryTests {
    private static let most = 256 << 10

    private func router(_ settings: [String: String] = [:], _ limits: Limits = Limits()) -> TestRouter {
        let pairs = settings.map { SettingInput.Pair(key: $0.key, value: .scalar($0.value, quoted: false)) }
        return TestRouter(
            [
                PipelinePlan.Entry(Rename.self), .init(Rooms.self), .init(History.self, settings: pairs),
                .init(Broadcast.self),
            ],
            limits: limits)
    }

    private func ids(_ frame: Said?) -> [Int] { frame?.contentList.compactMap { $0["id"] as? Int } ?? [] }

    @Test(
        "a frame has at most 256 KiB and as many of the newest posts as fit, whatever their sizes and their senders' names",
        arguments: [1, 700, 2_600, 2_650, 8_000, 30_000])
    func frameSize(length: Int) throws {
        let router = router(["last": "1000"], .with(["max_message_bytes": "200 KiB", "max_room_bytes": "1 GiB"]))
        let sender = router.join()
        _ = try router.ask(#"{"type":"set_name","name":"\#(String(repeating: "\u{1F469}", count: 20))"}"#, from: sender)
        for number in 0..<1_000 {
            let text = String(
                repeating: number.isMultiple(of: 7) ? "\\u0000" : "x", count: max(1, length / (number % 3 + 1)))
            router.post(#"{"type":"message","content":"\#(text)"}"#, from: sender)
            if number.isMultiple(of: 50) { router.endTurn() }
        }
        router.endTurn()
        let frame = try #require(try router.ask(#"{"type":"get_history"}"#, from: sender).last)
        let shown = ids(frame)
        #expect(frame.text.utf8.count <= Self.most)
        #expect(shown == Array(1_001 - shown.count...1_000))
        // One more would be too much, but for what is reckoned around each post.
        let spare = Self.most - frame.text.utf8.count
        #expect(shown.count == 1_000 || spare < 3 * length + 200 + 100 * shown.count)
        let before = try router.ask(#"{"type":"get_history","before":\#(shown[0])}"#, from: sender).last
        #expect(ids(before).last == (shown[0] == 1 ? nil : shown[0] - 1))
    }

    @Test("a single post that is longer comes alone, so that there is a way to those before it")
    func longPost() throws {
        let router = router([:], .with(["max_message_bytes": "1 MiB", "max_room_bytes": "8 MiB"]))
        let sender = router.join()
        for length in [1, 300_000, 2] {
            _ = try router.ask(
                #"{"type":"message","content":"\#(String(repeating: "x", count: length))"}"#, from: sender)
        }
        #expect(ids(try router.ask(#"{"type":"get_history"}"#, from: sender).last) == [3])
        #expect(ids(try router.ask(#"{"type":"get_history","before":3}"#, from: sender).last) == [2])
        #expect(ids(try router.ask(#"{"type":"get_history","before":2}"#, from: sender).last) == [1])
    }

    @Test("within one turn a post is in the history or comes live, never both, never neither", arguments: 0...4)
    func oneTurn(place: Int) throws {
        let router = router()
        let (sender, other) = (router.join(), router.join())
        for number in 0..<4 {
            if number == place { router.post(#"{"type":"join_room","room":"gaming"}"#, from: other) }
            if number == 0 { router.post(#"{"type":"join_room","room":"gaming"}"#, from: sender) }
            router.post(#"{"type":"message","content":"x"}"#, from: sender)
        }
        if place == 4 { router.post(#"{"type":"join_room","room":"gaming"}"#, from: other) }
        router.endTurn()
        let said = try router.said(to: other)
        let kept = ids(said.first { $0.type == "history" })
        #expect(kept + said.filter { $0.type == "message" }.map(\.id) == [1, 2, 3, 4])
        #expect(kept.count == place)
    }

    @Test(
        "whoever joins is shown what get_history would show, whatever was posted and who joined before",
        arguments: 0..<10)
    func newestPage(seed: UInt64) throws {
        var random = Seeded(seed)
        let router = router(["last": "5", "query_burst": "1000"], .with(["max_room_bytes": "400"]))
        let talker = router.join()
        for step in 0..<100 {
            let room = ["general", "gaming"].randomElement(using: &random) ?? ""
            switch Int.random(in: 0..<4, using: &random) {
            case 0: _ = try router.ask(#"{"type":"join_room","room":"\#(room)","stay":true}"#, from: talker)
            case 1: _ = try router.ask(#"{"type":"set_name","name":"Name\#(step)"}"#, from: talker)
            case 2:
                let text = String(repeating: "x", count: [1, 100, 500].randomElement(using: &random) ?? 1)
                _ = try router.ask(#"{"type":"message","content":"\#(text)"}"#, from: talker)
            default:
                let newcomer = router.open()
                router.endTurn()
                var shown = try router.said(to: newcomer).last
                if room == "gaming" {
                    shown = try router.ask(#"{"type":"join_room","room":"gaming"}"#, from: newcomer).last {
                        $0.type == "history"
                    }
                }
                let asked = try router.ask(#"{"type":"get_history"}"#, from: newcomer).last
                #expect(shown?.text == (ids(asked).isEmpty ? nil : asked?.text))
                router.lose(newcomer)
            }
        }
    }

    @Test("what is no whole number is refused, and not taken for the newest page")
    func noNumber() throws {
        let router = router()
        let sender = router.join()
        for wrong in [
            #""before":2.5"#, #""before":"x""#, #""before":"""#, #""limit":2.5"#, #""limit":-9007199254740993"#,
        ] {
            let said = try router.ask(#"{"type":"get_history",\#(wrong)}"#, from: sender)
            #expect(said.map(\.code) == ["invalid_message"], "\(wrong)")
        }
    }

    @Test("an id as text counts, and null is missing", arguments: [(#""3""#, [1, 2]), ("null", [1, 2, 3])])
    func before(id: String, shown: [Int]) throws {
        let router = router()
        let sender = router.join()
        for _ in 0..<3 { _ = try router.ask(#"{"type":"message","content":"x"}"#, from: sender) }
        #expect(ids(try router.ask(#"{"type":"get_history","before":\#(id)}"#, from: sender).last) == shown)
    }

    @Test("what is refused for the room or the form counts as a question, too")
    func refusedCounts() throws {
        let router = router(["query_burst": "2"])
        let sender = router.join()
        let asked = [#""room":"x""#, #""limit":"x""#, #""limit":1"#].map { #"{"type":"get_history",\#($0)}"# }
        let codes = try asked.map { try router.ask($0, from: sender).last?.code }
        #expect(codes == ["room_not_found", "invalid_message", "rate_limited"])
    }
}
