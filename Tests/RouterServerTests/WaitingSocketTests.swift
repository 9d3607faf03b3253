import HandlerKit
import HandlerTesting
import Handlers
import NIOCore
import RouterCore
import RouterServer
import NIOConcurrencyHelpers
import TestSupport
import Testing

@Suite("Handlers that wait, on a real socket", .timeLimit(.minutes(5)))
struct WaitingSocketTests {
    private let clock = ManualClock()

    private func start(limits: [String: String] = [:]) async throws -> RouterServer {
        try await RouterServer.start(
            ServerOptions(
                listen: ListenAddress(host: "127.0.0.1", port: 0), allowedOrigins: [], limits: .with(limits),
                timeouts: .with([:]), plan: PipelinePlan([.init(Gated.self), .init(Broadcast.self)]), clock: clock,
                log: LogRecorder().log))
    }

    private func message(_ number: Int, gate: String = "", bytes: Int = 0) -> [UInt8] {
        let padding = String(repeating: "x", count: bytes)
        return ClientFrame.text(
            #"{"type":"gated","gate":"\#(gate)","content":"\#(number)","ref":\#(number),"x":"\#(padding)"}"#)
    }

    @Test(
        "1,000 messages of a session whose first waits: its writes stall, others chat, and then each is answered once, in order"
    )
    func thousand() async throws {
        let server = try await start()
        let gate = Gated.gate("thousand")
        var sender = try await SocketClient.open(server.address)
        var other = try await SocketClient.open(server.address)
        // 10 MB, more than the system keeps for both sides.
        let bytes = (0..<1_000).flatMap { message($0, gate: "thousand", bytes: 10_000) }
        let hasSent = NIOLockedValueBox(false)
        let sending = Task { [sender] in
            try await sender.send(bytes)
            hasSent.withLockedValue { $0 = true }
        }
        for number in 0..<300 {
            try await other.send(ClientFrame.text(#"{"type":"message","content":"hi","ref":"hi\#(number)"}"#))
            let answer = await other.frames { $0.text.contains("ack") }
            #expect(answer.count == 1)
        }
        #expect(!hasSent.withLockedValue { $0 })
        gate.open()
        let refs = await sender.frames { $0.text.contains(#""ref":999,"#) }.map(\.text).filter { $0.contains("ack") }
        #expect(try refs.map { try Said($0)["ref"] as? Int } == Array(0..<1_000))
        let posts = await other.frames { $0.text.contains(#""content":"999""#) }
        #expect(try posts.map { try Said($0.text).contentText } == (0..<1_000).map { "\($0)" })
        try await sending.value
        try await sender.close()
        try await other.close()
        try await server.stop()
    }

    @Test("a lost socket is noticed while nothing is read from it, and the work is cancelled")
    func lost() async throws {
        let server = try await start()
        let client = try await SocketClient.open(server.address)
        var other = try await SocketClient.open(server.address)
        try await client.send((0..<40).flatMap { message($0, gate: "lost") })
        try await other.send(ClientFrame.text(#"{"type":"message","ref":1}"#))
        _ = await other.frames { $0.text.contains("ack") }
        try await client.reset()
        while try await server.usersOnline() > 1 {}
        await Gated.gate("lost").pass()
        try await other.close()
        try await server.stop()
    }

    @Test("a client that has sent its last byte while nothing was read from it gets all its answers, and then the end")
    func halfClose() async throws {
        let server = try await start()
        var client = try await SocketClient.open(server.address)
        try await client.send((0..<2_000).flatMap { message($0, gate: "half-close") })
        try await client.finishSending()
        Gated.gate("half-close").open()
        let frames = await client.frames { $0.isClose }
        #expect(try frames.dropLast().map { try Said($0.text)["ref"] as? Int } == Array(0..<2_000))
        #expect(frames.last?.closeCode == 1000)
        #expect(await client.isEnded())
        try await server.stop()
    }

    @Test("stop does not wait for what waits but cancels it, and what is answered after it is nobody's")
    func stop() async throws {
        let server = try await start()
        var client = try await SocketClient.open(server.address)
        try await client.send((0..<40).flatMap { message($0, gate: "stop") })
        let stopping = Task { try await server.stop() }
        let frames = await client.frames { $0.isClose }
        #expect(frames.last?.closeCode == 1001)
        try await client.send(ClientFrame.close(1001))
        try await stopping.value
        await Gated.gate("stop").pass()
        #expect(await client.isEnded())
    }
}

@Suite("Handlers are started and stopped", .serialized)
struct HandlerLifeTests {
    private func options(_ handlers: [any Handler.Type], port: Int = 0) -> ServerOptions {
        ServerOptions(
            listen: ListenAddress(host: "127.0.0.1", port: port), allowedOrigins: [], limits: Limits(),
            timeouts: Timeouts(), plan: PipelinePlan(handlers.map { PipelinePlan.Entry($0) }), log: LogRecorder().log)
    }

    private func diary(of body: () async throws -> Void) async throws -> [String] {
        Diary.lines.withLockedValue { $0 = [] }
        try await body()
        return Diary.lines.withLockedValue { $0 }
    }

    @Test("in the pipeline's order before anybody can connect, and in reverse when the server has stopped")
    func order() async throws {
        let lines = try await diary {
            let server = try await RouterServer.start(options([Opens.self, OpensToo.self]))
            Diary.write("listens")
            try await server.stop()
            Diary.write("stopped")
        }
        #expect(lines == ["opens", "opens too", "listens", "closes too", "closes", "stopped"])
    }

    @Test("when one can't start, those before it are stopped, and the failure says which and why")
    func failure() async throws {
        let lines = try await diary {
            let failure = await #expect(throws: StartFailure.self) {
                try await RouterServer.start(options([Opens.self, OpensToo.self, Stuck.self, Never.self]))
            }
            #expect(failure?.description == "stuck can't start: no such file")
        }
        #expect(lines == ["opens", "opens too", "tries", "closes too", "closes"])
    }

    @Test("when the address can't be listened on, all are stopped again")
    func portInUse() async throws {
        let server = try await RouterServer.start(options([]))
        let lines = try await diary {
            await #expect(throws: ListenFailure.self) {
                try await RouterServer.start(options([Opens.self, OpensToo.self], port: server.address.port))
            }
        }
        #expect(lines == ["opens", "opens too", "closes too", "closes"])
        try await server.stop()
    }
}

/// What the handlers of one test did.
private enum Diary {
    static let lines = NIOLockedValueBox<[String]>([])
    static func write(_ line: String) { lines.withLockedValue { $0.append(line) } }
}

private struct Opens: Handler {
    static let name = "opens"
    static let summary = ""
    static let types: MessageTypes = ["opens"]
    func start() async throws { Diary.write("opens") }
    func stop() async { Diary.write("closes") }
}

private struct OpensToo: Handler {
    static let name = "opens-too"
    static let summary = ""
    static let types: MessageTypes = ["opens_too"]
    func start() async throws { Diary.write("opens too") }
    func stop() async { Diary.write("closes too") }
}

private struct Stuck: Handler {
    struct NoFile: Error, CustomStringConvertible { let description = "no such file" }
    static let name = "stuck"
    static let summary = ""
    static let types: MessageTypes = ["stuck"]
    func start() async throws {
        Diary.write("tries")
        throw NoFile()
    }
    func stop() async { Diary.write("closes what it never opened") }
}

private struct Never: Handler {
    static let name = "never"
    static let summary = ""
    static let types: MessageTypes = ["never"]
    func start() async throws { Diary.write("never") }
    func stop() async { Diary.write("never") }
}
