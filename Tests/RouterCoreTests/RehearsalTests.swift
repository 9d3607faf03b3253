import HandlerKit
import HandlerTesting
import Logging
import NIOCore
import RouterCore
import TestSupport
import Testing

@Suite("A message is explained by the pipeline itself")
struct RehearsalTests {
    private func explain(
        _ handlers: [any Handler.Type], _ message: String, users: Int = 3, limits: Limits = Limits()
    ) async -> (trace: Trace, received: [Rehearsal.Received]) {
        let rehearsal = Rehearsal(
            Pipeline(PipelinePlan(handlers.map { .init($0) })), limits: limits, pingInterval: .seconds(25),
            users: users, clock: ManualClock(), log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return await rehearsal.explain(message)
    }

    @Test("handlers in their order, what each said, and who got what")
    func order() async {
        let (trace, received) = await explain([First.self, Count.self, Post.self], #"{"type":"post","content":"x"}"#)
        #expect(trace.calls.map(\.handler) == ["first", "post"])
        #expect(trace.calls.map(\.effects) == [[#"reply seen {"by":"first"}"#], [#"post post "x""#]])
        #expect(received.map(\.user) == ["User1", "User2", "User3"])
        #expect(received.map(\.frames.count) == [1, 1, 1])
        #expect(received[2].frames[0].contains(#""type":"post","from_id":1,"from_name":"User1","content":"x""#))
    }

    @Test("who refuses it, and that nothing of it is done")
    func refusal() async {
        let message = #"{"type":"fail","content":"x","how":"forbidden"}"#
        let (trace, received) = await explain([First.self, Fail.self, Post.self], message)
        #expect(trace.refusal?.code == .forbidden)
        guard case .rejected(let rejection)? = trace.calls.last?.outcome else {
            Issue.record("the last call is no refusal")
            return
        }
        #expect(rejection.message == "No")
        #expect(trace.calls.last?.effects.count == 5)
        #expect(received.map(\.frames.count) == [1, 0, 0])
    }

    @Test("what no handler sees is refused by the router", arguments: ["{", #"{"type":"nope"}"#, #"{"type":5}"#])
    func router(message: String) async {
        let (trace, received) = await explain([Post.self], message)
        #expect(trace.calls.isEmpty)
        #expect(trace.refusal != nil)
        #expect(received.map(\.frames.count) == [1, 0, 0])
    }

    @Test("a text that a filter changed, before the handler that sends it")
    func change() async {
        let (trace, received) = await explain([Shout.self, Post.self], #"{"type":"post","content":"x"}"#, users: 2)
        #expect(trace.calls[0].changes.map(\.text) == [#""X""#])
        #expect(received[1].frames[0].contains(#""content":"X""#))
    }

    @Test("a handler that waits is waited for, and called twice")
    func waiting() async {
        let (trace, received) = await explain([Wait.self], #"{"type":"wait"}"#, users: 1)
        #expect(trace.calls.map(\.handler) == ["wait", "wait"])
        #expect(received[0].frames.map { $0.contains(#""type":"waited""#) } == [true])
    }

    @Test("a handler that never has its answer is given up as the router would, after max_handler_wait")
    func givenUp() async {
        let (trace, received) = await explain(
            [Stuck.self], #"{"type":"stuck"}"#, users: 1, limits: .with(["max_handler_wait": "100ms"]))
        #expect(trace.refusal?.code == .unavailable)
        #expect(received[0].frames.count == 1)
    }

    @Test("what handlers say when they are told of a post or a change of rooms")
    func hooks() async {
        let (trace, _) = await explain([Move.self], #"{"type":"move"}"#)
        #expect(trace.calls.map(\.reason) == [.message, .hook("exited here"), .hook("entered there")])
        #expect(trace.calls.last?.effects == [#"reply moved {"to":"there"}"#])
    }

    @Test("who is closed, and with which code")
    func closing() async {
        let message = #"{"type":"fail","content":"x","how":"closing"}"#
        let (_, received) = await explain([Fail.self], message, users: 2)
        #expect(received.map(\.closing?.number) == [4101, nil])
    }

    /// Changes a text on its way.
    private struct Shout: Handler {
        static let name = "shout"
        static let summary = ""
        static let types = MessageTypes.passing("post")
        func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
            message.replace("content", with: JSONRaw(verbatim: Array("\"X\"".utf8)))
            return .pass
        }
    }

    private struct Wait: AsyncHandler {
        static let name = "wait"
        static let summary = ""
        static let types: MessageTypes = ["wait"]
        func work(for message: Message, _ context: borrowing Context) -> Work<Int> {
            .waiting {
                await Task.yield()
                return 5
            }
        }
        func handle(_ message: inout Message, _ answer: Int, _ context: inout Context) -> Flow {
            context.reply("waited", ["for": answer])
            return .handled
        }
    }

    private struct Stuck: AsyncHandler {
        static let name = "stuck"
        static let summary = ""
        static let types: MessageTypes = ["stuck"]
        func work(for message: Message, _ context: borrowing Context) -> Work<Int> {
            .waiting {
                for await _ in AsyncStream<Never>.makeStream().stream {}
                return 0
            }
        }
        func handle(_ message: inout Message, _ answer: Int, _ context: inout Context) -> Flow { .handled }
    }

    private struct Move: Handler {
        static let name = "move"
        static let summary = ""
        static let types: MessageTypes = ["move"]
        var rooms: [String] { ["here", "there"] }
        func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
            context.join("there")
            return .handled
        }
        func entered(_ room: String, _ context: inout Context) { context.reply("moved", ["to": room]) }
        func exited(_ room: String, _ context: inout Context) { context.reply("moved", ["from": room]) }
    }
}
