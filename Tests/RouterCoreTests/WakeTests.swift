import HandlerKit
import HandlerTesting
import RouterCore
import TestSupport
import Testing

@Suite("Handlers are woken when they asked for it")
struct WakeTests {
    private let router = TestRouter([Clock.self, Bell.self])

    private func ask(_ milliseconds: Int, _ type: String = "wake", from connection: Int) {
        router.post(#"{"type":"\#(type)","after":\#(milliseconds)}"#, from: connection)
        router.endTurn()
    }

    /// When the connection's handlers were woken, in milliseconds, while time passes one by one.
    private func wakes(_ connection: Int, within milliseconds: Int) throws -> [Int] {
        var times: [Int] = []
        for time in 1...milliseconds {
            router.pass(.milliseconds(1))
            router.endTurn()
            times += try router.said(to: connection).map { _ in time }
        }
        return times
    }

    @Test("once, when the time has come, and not before")
    func once() throws {
        let sender = router.join()
        ask(5, from: sender)
        #expect(try wakes(sender, within: 20) == [5])
    }

    @Test("of several asks of one handler the last counts, whether it is for sooner or for later")
    func replaced() throws {
        let sender = router.join()
        for (asks, woken) in [([5, 9], 9), ([9, 5], 5), ([9, 5, 7], 7), ([3, 9, 3, 12], 12), ([5, 5], 5)] {
            for delay in asks { ask(delay, from: sender) }
            #expect(try wakes(sender, within: 20) == [woken], "\(asks)")
        }
        #expect(try wakes(sender, within: 20) == [])
    }

    @Test("random asks, against a list of them", arguments: 0..<10)
    func random(seed: UInt64) throws {
        var random = Seeded(seed)
        let sender = router.join()
        var due: Int?
        for moment in 1...300 {
            if random.happens(1, in: 4) {
                let delay = Int.random(in: 1...12, using: &random)
                ask(delay, from: sender)
                due = moment - 1 + delay
            }
            #expect(try wakes(sender, within: 1).count == (due == moment ? 1 : 0))
            if due == moment { due = nil }
        }
    }

    @Test("two handlers are woken apart from each other, and two sessions too")
    func apart() throws {
        let (one, two) = (router.join(), router.join())
        ask(5, from: one)
        ask(7, "ring", from: one)
        ask(3, from: two)
        router.pass(.milliseconds(3))
        router.endTurn()
        #expect(try router.said(to: one).isEmpty)
        #expect(try router.said(to: two).map(\.type) == ["woken"])
        #expect(try wakes(one, within: 10) == [2, 4])
    }

    @Test("nobody is woken for a session that has gone, nor for the one that has its place")
    func gone() throws {
        let sender = router.join()
        ask(5, from: sender)
        router.lose(sender)
        router.open(sender)
        #expect(try wakes(sender, within: 10) == [])
        ask(5, from: sender)
        #expect(try wakes(sender, within: 10) == [5])
    }

    @Test("who asks again when woken is woken again")
    func again() throws {
        let sender = router.join()
        ask(-4, from: sender)
        #expect(try wakes(sender, within: 13) == [1, 5, 9, 13])
    }

    @Test(
        "wakesEvery: without a sender, in time; what it says comes from the system, and what is about a sender does nothing"
    )
    func every() throws {
        let router = TestRouter([Ticker.self])
        let user = router.join()
        router.pass(.milliseconds(9_999))
        router.endTurn()
        #expect(try router.said(to: user).isEmpty)
        for _ in 0..<3 {
            router.pass(.milliseconds(1))
            router.endTurn()
            let said = try router.said(to: user)
            #expect(said.map(\.type) == ["tick", "tock"])
            #expect(said.map { $0["from_id"] as? Int } == [0, 0])
            router.pass(.milliseconds(9_999))
        }
    }

    @Test("when handlers are taken to be stopped, nothing is due for them any more")
    func taken() {
        let router = TestRouter([Ticker.self])
        router.withRouter {
            _ = $0.takePipeline()
            let next = $0.nextDue
            #expect(next == nil)
        }
        router.pass(.seconds(60))
    }
}

/// Is woken after `after` milliseconds; when that is negative, again and again.
private struct Clock: Handler {
    static let name = "clock"
    static let summary = ""
    static let types: MessageTypes = ["wake"]
    private var every = PerSession<Int?>(nil)
    init() {}
    mutating func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        let after = try message.integer("after") ?? 0
        if after < 0 { every[context.sender] = -after }
        context.wake(after: .milliseconds(after))
        return .handled
    }
    mutating func woken(_ context: inout Context) {
        context.reply("woken", ["user": context.sender.id])
        if let next = every[context.sender] { context.wake(after: .milliseconds(next)) }
    }
}

/// The same, once.
private struct Bell: Handler {
    static let name = "bell"
    static let summary = ""
    static let types: MessageTypes = ["ring"]
    func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        context.wake(after: .milliseconds(try message.integer("after") ?? 0))
        return .handled
    }
    func woken(_ context: inout Context) { context.reply("rang", [:]) }
}

/// Is woken every 10 seconds, and asks for all that there is.
private struct Ticker: Handler {
    static let name = "ticker"
    static let summary = ""
    static let types: MessageTypes = ["tick"]
    var wakesEvery: Duration? { .seconds(10) }
    func woken(_ context: inout Context) {
        context.announce("tick", [:])
        context.reply("nobody", [:])
        context.rename(to: "Nobody")
        context.join("general")
        context.leave("general")
        context.wake(after: .milliseconds(1))
        context.sendPrivately(to: context.sender, "nothing")
        context.close(context.sender, Rejection(.banned, "Out"))
        context.post("tock", "tock")
    }
}
