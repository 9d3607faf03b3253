import HandlerKit
import HandlerTesting
import Handlers
import RouterCore
import TestSupport
import Testing

@Suite("P5 to P9, P14, P16, P47: the lobby")
struct LobbyTests {
    private func router(_ settings: [String: String]) -> TestRouter {
        let pairs = settings.map { SettingInput.Pair(key: $0.key, value: .scalar($0.value, quoted: false)) }
        return TestRouter([PipelinePlan.Entry(Lobby.self, settings: pairs), PipelinePlan.Entry(Rename.self)])
    }

    @Test("welcome, then users, exact to the key and its place")
    func welcome() throws {
        let router = router([:])
        let connection = router.open()
        router.endTurn()
        #expect(
            try router.said(to: connection).map(\.text) == [
                #"{"type":"welcome","content":{"user_id":1,"user_name":"User1","message":"Welcome to the chat room!","#
                    + #""server_stats":{"users_online":1,"uptime_seconds":0,"server_time":"2026-01-02 03:04:05"},"#
                    + #""types":["get_stats","get_users","set_name"],"limits":{"max_message_bytes":10240,"ping_seconds":25},"#
                    + #""resume":"00000000000000010000000000000002"},"timestamp":1767323045}"#,
                #"{"type":"users","content":[{"id":1,"name":"User1","connected_at":1767323045}],"timestamp":1767323045}"#,
            ])
    }

    @Test("listed_users caps the list, the first by id, and then total says how many there are", arguments: [1, 2, 5])
    func listedUsers(cap: Int) throws {
        let router = router(["listed_users": "\(cap)"])
        let asking = router.join()
        for online in 2...8 {
            _ = router.join()
            let users = try router.ask(#"{"type":"get_users"}"#, from: asking).last
            #expect(users?.contentList.map { $0["id"] as? Int } == (1...min(cap, online)).map { $0 })
            #expect(users?["total"] as? Int == (online > cap ? online : nil))
        }
        router.lose(asking)
        router.endTurn()
        let second = try router.ask(#"{"type":"get_users"}"#, from: 1).last { $0.type == "users" }
        #expect(second?.contentList.map { $0["id"] as? Int } == (2...min(cap + 1, 8)).map { $0 })
        #expect(second?["total"] as? Int == 7)
    }

    @Test("what a turn holds for each who comes does not grow with the list that all of them get")
    func sharedList() {
        let bytes = ["1", "100"].map { cap in
            let router = router(["listed_users": cap])
            for _ in 0..<150 { router.open() }
            router.endTurn()
            router.open()
            return router.router.tickBytes
        }
        #expect((bytes[0]...bytes[0] + 8).contains(bytes[1]))  // a longer header
    }

    @Test("users shows the names that are, also to a newcomer")
    func names() throws {
        let router = router([:])
        let first = router.join()
        _ = try router.ask(#"{"type":"set_name","name":"A\"da"}"#, from: first)
        router.clock.advance(by: .seconds(3))
        let second = router.open()
        router.endTurn()
        let users = try router.said(to: second).last
        #expect(users?.contentList.map { $0["name"] as? String } == ["A\"da", "User2"])
        #expect(users?.contentList.map { $0["connected_at"] as? Int } == [1_767_323_045, 1_767_323_048])
    }

    @Test(
        "get_users and get_stats have one limit of their own for each user, which says when to ask again and never closes"
    )
    func queries() throws {
        let router = router(["query_burst": "3", "queries_per_second": "2"])
        let (asking, other) = (router.join(), router.join())
        let types = ["get_users", "get_stats", "get_users", "get_stats"]
        for _ in 0..<50 { for type in types { router.post(#"{"type":"\#(type)"}"#, from: asking) } }
        router.endTurn()
        let said = try router.said(to: asking)
        #expect(said.prefix(3).map(\.type) == ["users", "stats", "users"])
        #expect(
            said.dropFirst(3).allSatisfy { $0.code == "rate_limited" && $0.content["retry_after_ms"] as? Int == 500 })
        #expect(said.count == 200)
        #expect(router.sink.closings.isEmpty)
        #expect(try router.ask(#"{"type":"get_stats"}"#, from: other).map(\.type) == ["stats"])
        router.clock.advance(by: .milliseconds(499))
        #expect(try router.ask(#"{"type":"get_stats"}"#, from: asking).first?.content["retry_after_ms"] as? Int == 1)
        router.clock.advance(by: .milliseconds(1))
        #expect(try router.ask(#"{"type":"get_stats"}"#, from: asking).map(\.type) == ["stats"])
    }

    @Test("stats tell the true number, and the time by the clock")
    func stats() throws {
        let router = router([:])
        let asking = router.join()
        _ = router.join()
        router.clock.advance(by: .seconds(86_400))
        let stats = try router.ask(#"{"type":"get_stats"}"#, from: asking)
        #expect(
            stats.map(\.text) == [
                #"{"type":"stats","content":{"users_online":2,"uptime_seconds":86400,"server_time":"2026-01-03 03:04:05"},"#
                    + #""timestamp":1767409445}"#
            ])
    }

    @Test("join is told by the newcomer, leave by the system, with the true number after it")
    func joinAndLeave() throws {
        let router = router([:])
        let staying = router.join()
        let coming = router.join()
        router.lose(router.open(coming + 1))
        router.lose(coming)
        router.endTurn()
        #expect(
            try router.said(to: staying).map(\.text) == [
                #"{"type":"join","from_id":3,"from_name":"User3","content":{"user_id":3,"user_name":"User3","users_online":3},"timestamp":1767323045}"#,
                #"{"type":"leave","from_id":0,"from_name":"System","content":{"user_id":3,"user_name":"User3","users_online":2},"timestamp":1767323045}"#,
                #"{"type":"leave","from_id":0,"from_name":"System","content":{"user_id":2,"user_name":"User2","users_online":1},"timestamp":1767323045}"#,
            ])
    }
}
