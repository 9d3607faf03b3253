import HandlerKit
import HandlerTesting
import Handlers
import RouterCore
import TestSupport
import Testing
import WebSocketWire

@Suite("P45: the rate limit")
struct RateLimitTests {
    private let message = #"{"type":"message","content":"x"}"#

    private func router(_ settings: [String: String] = [:], types: [String]? = nil) -> TestRouter {
        let pairs = settings.map { SettingInput.Pair(key: $0.key, value: .scalar($0.value, quoted: false)) }
        return TestRouter([
            PipelinePlan.Entry(RateLimit.self, settings: pairs, types: types), PipelinePlan.Entry(Lobby.self),
            PipelinePlan.Entry(Broadcast.self),
        ])
    }

    @Test("20 at once, then 5 a second; who is refused is told when to try again, and nobody else hears of it")
    func burst() throws {
        let router = router()
        let (sender, other) = (router.join(), router.join())
        for _ in 0..<20 { #expect(try router.ask(message, from: sender).isEmpty) }
        #expect(
            try router.ask(message, from: sender).map(\.text) == [
                #"{"type":"error","content":{"message":"Too many messages","code":"rate_limited","retry_after_ms":200},"timestamp":1767323045}"#
            ])
        #expect(try router.said(to: other).count == 20)
        for _ in 0..<3 {
            router.clock.advance(by: .milliseconds(200))
            #expect(try router.ask(message, from: sender).isEmpty)
            #expect(try router.ask(message, from: sender).map(\.code) == ["rate_limited"])
        }
        #expect(try !router.ask(message, from: other).contains { $0.type == "error" })
    }

    @Test("refused 100 times within 10 s closes with 4101, after an error that says so")
    func closes() throws {
        let router = router()
        let (sender, other) = (router.join(), router.join())
        for _ in 0..<119 { router.post(message, from: sender) }
        router.endTurn()
        #expect(router.sink.closings.isEmpty)
        router.post(message, from: sender)
        router.endTurn()
        let last = try router.said(to: sender).last
        #expect(last?.content["close"] as? Int == 4101)
        #expect(last?.content["limit"] as? Int == 100)
        #expect(last?.content["actual"] as? Int == 100)
        #expect(last?.content["retry_after_ms"] as? Int == 200)
        #expect(router.sink.closings[sender]?.code == .rateLimited)
        #expect(try router.said(to: other).last?.type == "leave")
    }

    @Test("refusals older than refused_within are forgotten")
    func forgives() throws {
        let router = router(["burst": "1", "per_second": "0.01", "max_refused": "3", "refused_within": "2s"])
        let sender = router.join()
        for _ in 0..<6 {
            for _ in 0..<2 { router.post(message, from: sender) }
            router.clock.advance(by: .seconds(2))
            router.endTurn()
        }
        #expect(router.sink.closings.isEmpty)
        for _ in 0..<3 { router.post(message, from: sender) }
        router.endTurn()
        #expect(router.sink.closings[sender]?.code == .rateLimited)
    }

    @Test("narrowed to some types it counts these alone; otherwise all")
    func types() throws {
        for (types, answered) in [(["message"], 30), (nil, 20)] {
            let router = router(["per_second": "1"], types: types)
            let sender = router.join()
            for _ in 0..<30 { router.post(#"{"type":"get_stats"}"#, from: sender) }
            router.endTurn()
            // The lobby's own limit lets 20 pass; of 30 messages the other 10 are refused by either.
            let refusals = try router.said(to: sender).filter { $0.type == "error" }.map {
                $0.content["message"] as? String
            }
            #expect(refusals == Array(repeating: answered == 30 ? "Too many requests" : "Too many messages", count: 10))
        }
    }

    @Test("who comes after one who was refused starts anew")
    func newSession() throws {
        let router = router(["burst": "1", "per_second": "0.01"])
        let first = router.join()
        for _ in 0..<2 { router.post(message, from: first) }
        router.lose(first)
        router.endTurn()
        router.sink.forget()
        router.open(first)
        router.endTurn()
        router.sink.forget()
        #expect(try router.ask(message, from: first).isEmpty)
    }

    @Test("who comes again from the same address begins with what was left; other addresses do not, nor those exempt")
    func reconnecting() throws {
        let router = router(["burst": "2", "per_second": "1"])
        func comes(from address: IPAddress?) throws -> [String?] {
            let connection = router.open(from: address)
            router.endTurn()
            router.sink.forget()
            for _ in 0..<3 { router.post(message, from: connection) }
            router.endTurn()
            defer { router.lose(connection) }
            return try router.said(to: connection).map(\.code)
        }
        let address = try #require(IPAddress("192.0.2.1"))
        #expect(try comes(from: address) == ["rate_limited"])
        #expect(try comes(from: address) == ["rate_limited", "rate_limited", "rate_limited"])
        #expect(try comes(from: IPAddress("192.0.2.2")) == ["rate_limited"])
        for _ in 0..<2 { #expect(try comes(from: nil) == ["rate_limited"]) }
        router.clock.advance(by: .seconds(1))
        #expect(try comes(from: address) == ["rate_limited", "rate_limited"])
        router.clock.advance(by: .seconds(2))
        #expect(try comes(from: address) == ["rate_limited"])
    }

    @Test("an address has as many buckets as users at once: taking turns among them refills none")
    func takingTurns() throws {
        let router = router(["burst": "2", "per_second": "0.01"])
        let address = IPAddress("192.0.2.1")
        var passed = 0
        var last: Int?
        for _ in 0..<20 {
            // The next one comes before the last one goes.
            let connection = router.open(from: address)
            if let last { router.lose(last) }
            router.endTurn()
            router.sink.forget()
            for _ in 0..<3 { router.post(message, from: connection) }
            router.endTurn()
            passed += try 3 - router.said(to: connection).count
            last = connection
        }
        #expect(passed == 2)
    }

    @Test("what comes too fast is told in welcome")
    func announced() throws {
        let router = router(["per_second": "2.5"])
        let connection = router.open()
        router.endTurn()
        let limits = try router.said(to: connection).first?.content["limits"] as? [String: Any]
        #expect(limits?["messages_per_second"] as? Double == 2.5)
    }
}
