import HandlerTesting
import Testing

@Suite("The harness")
struct HarnessTests {
    @Test("what each user gets is kept until it is asked for")
    func frames() throws {
        let router = try HandlerHarness(Dice.self, settings: ["sides": "1"])
        let (ada, bob) = (router.join(), router.join())
        try router.send(#"{"type":"dice","ref":1}"#, from: ada)
        #expect(router.frames(to: ada).map(\.type) == ["rolled", "ack"])
        #expect(router.frames(to: bob).first?.content["value"] as? Int == 1)
        #expect(router.frames(to: bob).isEmpty)
    }

    @Test("timers go off when its clock is moved")
    func time() throws {
        let router = try HandlerHarness(Dice.self)
        let ada = router.join()
        try router.send(#"{"type":"dice"}"#, from: ada)
        router.clock.advance(by: .seconds(4))
        #expect(router.frames(to: ada).map(\.type) == ["rolled"])
        router.clock.advance(by: .seconds(1))
        #expect(router.frames(to: ada).map(\.type) == ["again"])
        try router.send(#"{"type":"dice"}"#, from: ada)
        router.pass(.seconds(60))
        #expect(router.frames(to: ada).map(\.type) == ["rolled", "again"])
    }

    @Test("an AsyncHandler's answer is there when frames are asked for")
    func waits() throws {
        let router = try HandlerHarness(Oracle.self)
        let ada = router.join()
        for number in 1...20 {
            try router.send(#"{"type":"ask","question":"\#(number)","ref":\#(number)}"#, from: ada)
            #expect(router.frames(to: ada).map(\.type) == ["answer", "ack"])
        }
    }

    @Test("who has left can't send, and is no user; a handler is started; its faults are logged")
    func leaving() throws {
        let router = try HandlerHarness(Starter.self)
        let ada = router.join()
        try router.send(#"{"type":"fail"}"#, from: ada)
        #expect(router.frames(to: ada).map(\.code) == ["internal_error"])
        #expect(router.logged.last?.contains("starter failed: Broken()") == true)
        #expect(router.user(ada)?.name == "User1")
        router.leave(ada)
        #expect(router.user(ada) == nil)
        #expect(throws: (any Error).self) { try router.send("{}", from: ada) }
    }

    @Test("a wrong setting, and a handler that can't start, are errors")
    func wrong() {
        #expect(throws: (any Error).self) { try HandlerHarness(Dice.self, settings: ["size": "1"]) }
        #expect(throws: (any Error).self) { try HandlerHarness(Dice.self, settings: ["lobby.listed_users": "1"]) }
        #expect(throws: (any Error).self) { try HandlerHarness(Starter.self, settings: ["starts": "false"]) }
    }
}

private struct Starter: Handler {
    struct Broken: Error {}
    static let name = "starter"
    static let summary = "Has to be started."
    static let types: MessageTypes = ["fail"]
    @Setting("Whether it can.") var starts = true
    private var hasStarted = false
    init() {}
    mutating func start() async throws {
        guard starts else { throw Broken() }
        hasStarted = true
    }
    mutating func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        if hasStarted { throw Broken() }
        return .handled
    }
}
