import HandlerKit
import HandlerTesting
import RouterCore
import TestSupport
import Testing

@Suite("What the log says, and how much of it anybody can cause")
struct LogTests {
    /// Takes the name that a message gives.
    private struct TakeName: Handler {
        static let name = "take-name"
        static let summary = ""
        static let types: MessageTypes = ["take"]

        func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
            context.rename(to: try message.string("name") ?? "")
            return .handled
        }
    }

    private let address = IPAddress("192.0.2.1")

    /// The lines of the usual level that have been written since this was last asked.
    private func told(_ router: TestRouter, after count: Int) -> [String] {
        router.logged.dropFirst(count).filter { !$0.hasPrefix("debug") }
    }

    @Test("that somebody has another name is for debugging alone: users may do it all day")
    func rename() throws {
        let router = TestRouter([TakeName.self])
        let connection = router.join()
        let before = router.logged.count
        _ = try router.ask(#"{"type":"take","name":"Ada"}"#, from: connection)
        #expect(router.logged.dropFirst(before) == ["debug: User1 (User1) from 192.0.2.1:0 is now Ada"])
    }

    @Test("of a name no line holds more than 40 code points")
    func longNames() throws {
        let router = TestRouter([TakeName.self])
        let connection = router.join()
        let (whole, long) = (String(repeating: "e\u{301}", count: 20), String(repeating: "e\u{301}", count: 200))
        for name in [whole, long, "x"] { _ = try router.ask(#"{"type":"take","name":"\#(name)"}"#, from: connection) }
        _ = try router.ask(#"{"type":"take","name":"\#(long)"}"#, from: connection)
        router.lose(connection)
        let cut = whole + "…"
        #expect(
            router.logged.suffix(5).map { $0.drop { $0 != " " } } == [
                " User1 (User1) from 192.0.2.1:0 is now \(whole)", " \(whole) (User1) from 192.0.2.1:0 is now \(cut)",
                " \(cut) (User1) from 192.0.2.1:0 is now x", " x (User1) from 192.0.2.1:0 is now \(cut)",
                " \(cut) (User1) from 192.0.2.1:0 left: connection lost, 0 online",
            ])
    }

    @Test(
        "who is refused is told of at once, and those that follow together, every ten seconds",
        arguments: [
            ("max_connections", "warning", "all 1 connections are taken (limits.max_connections)"),
            (
                "max_connections_per_address", "info",
                "1 of one address are connected (limits.max_connections_per_address)"
            ),
        ])
    func refusals(limit: String, level: String, reason: String) {
        let router = TestRouter([TakeName.self], limits: .with([limit: "1"]))
        router.open(from: address)
        func pass(_ duration: Duration) {
            router.endTurn()
            router.pass(duration)
            router.endTurn()
        }
        let before = router.logged.count
        for _ in 1...500 { router.open(from: address) }
        let first = "\(level): 192.0.2.1:1 refused: \(reason)"
        #expect(told(router, after: before) == [first])
        pass(.milliseconds(9_999))
        #expect(told(router, after: before) == [first])
        pass(.milliseconds(1))
        let second = "\(level): 499 more refused since: \(reason)"
        #expect(told(router, after: before) == [first, second])
        router.open(from: address)
        #expect(told(router, after: before) == [first, second])
        pass(.seconds(10))
        #expect(told(router, after: before) == [first, second, "\(level): 1 more refused since: \(reason)"])
        pass(.seconds(60))
        router.open(from: address)
        #expect(told(router, after: before).last == "\(level): 192.0.2.1:502 refused: \(reason)")
        #expect(told(router, after: before).count == 4)
    }

    @Test("who was not told of yet is when the router stops")
    func refusalsAtTheEnd() {
        let router = TestRouter([TakeName.self], limits: .with(["max_connections": "1"]))
        for _ in 1...4 { router.open() }
        router.withRouter { $0.stop() }
        #expect(router.logged.contains { $0.hasPrefix("warning: 2 more refused") })
    }
}
