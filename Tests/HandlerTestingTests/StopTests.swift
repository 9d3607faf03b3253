import HandlerKit
import HandlerTesting
import NIOConcurrencyHelpers
import Testing

@Suite("Handlers that were started")
struct StopTests {
    @Test("are stopped, when everybody has left, with the harness that started them")
    func harness() throws {
        let tally = try Tally.counting {
            let router = try HandlerHarness(Lamp.self)
            _ = router.join()
            #expect(Tally.current?.counts == .init(starts: 1))
        }
        #expect(tally == .init(starts: 1, stops: 1))
    }

    @Test("are stopped once, when the harness is closed; then nobody is there any more")
    func closed() throws {
        let tally = try Tally.counting {
            let router = try HandlerHarness(Lamp.self)
            let ada = router.join()
            try router.close()
            #expect(Tally.current?.counts == .init(starts: 1, stops: 1))
            #expect(router.user(ada) == nil)
        }
        #expect(tally == .init(starts: 1, stops: 1))
    }

    @Test("are stopped after a conversation in memory, whether it held or not", arguments: [true, false])
    func conversation(holds: Bool) throws {
        let tally = try Tally.counting {
            let frame = holds ? "nothing" : #"{"type":"noted"}"#
            let talk = Result { try converse(with: [Lamp.self], "ada joins\nada gets \(frame)") }
            if holds { try talk.get() } else { #expect(throws: ConversationFailure.self) { try talk.get() } }
        }
        #expect(tally == .init(starts: 1, stops: 1))
    }

    @Test("are stopped as often as the conformance check starts them")
    func conformance() throws {
        let tally = try Tally.counting {
            try checkConformance(of: Lamp.self, ConformanceEffort(messages: 100, users: 80))
        }
        #expect(tally.starts > 1 && tally.starts == tally.stops && tally.leftBehind == 0)
    }
}

/// How often handlers were started and stopped during a test.
private final class Tally: Sendable {
    struct Counts: Equatable {
        var starts = 0
        var stops = 0
        /// Users who had not left when a handler was stopped.
        var leftBehind = 0
    }

    @TaskLocal static var current: Tally?

    private let box = NIOLockedValueBox(Counts())

    var counts: Counts { box.withLockedValue { $0 } }
    func add(_ change: (inout Counts) -> Void) { box.withLockedValue(change) }

    static func counting(_ body: () throws -> Void) rethrows -> Counts {
        let tally = Tally()
        try $current.withValue(tally, operation: body)
        return tally.counts
    }
}

/// Is on while it is started.
private struct Lamp: Handler {
    static let name = "lamp"
    static let summary = "Counts its starts and stops."
    static let types: MessageTypes = ["note"]
    private let tally = Tally.current
    private var users = 0

    init() {}

    mutating func start() async throws { tally?.add { $0.starts += 1 } }
    mutating func stop() async {
        tally?.add {
            $0.stops += 1
            $0.leftBehind += users
        }
    }
    mutating func admitted(_ context: inout Context) { users += 1 }
    mutating func left(_ context: inout Context) { users -= 1 }
    func handle(_ message: inout Message, _ context: inout Context) throws -> Flow { .handled }
}
