import HandlerKit
import HandlerTesting
import Handlers
import NIOCore
import RouterCore
import RouterServer
import TestSupport
import Testing

@Suite("A server on a real socket", .timeLimit(.minutes(1)))
struct SocketTests {
    private let clock = ManualClock()

    private func options(
        _ handlers: [any Handler.Type] = [Lobby.self, Broadcast.self], port: Int = 0, limits: [String: String] = [:],
        timeouts: [String: String] = [:]
    ) -> ServerOptions {
        ServerOptions(
            listen: ListenAddress(host: "127.0.0.1", port: port), allowedOrigins: [], limits: .with(limits),
            timeouts: .with(timeouts), plan: PipelinePlan(handlers.map { PipelinePlan.Entry($0) }), clock: clock,
            log: LogRecorder().log)
    }

    @Test("port 0 picks a free port and says which; stop closes every client with 1001, and returns when they are gone")
    func startAndStop() async throws {
        let server = try await RouterServer.start(options())
        #expect(server.address.port > 0)
        var clients = [try await SocketClient.open(server.address), try await SocketClient.open(server.address)]
        #expect(try await server.usersOnline() == 2)
        let stopping = Task { try await server.stop() }
        for index in clients.indices {
            let frames = await clients[index].frames { $0.isClose }
            #expect(frames.last?.closeCode == 1001)
            #expect(try Said(frames[frames.count - 2].text).code == "shutting_down")
            try await clients[index].send(ClientFrame.close(1001))
            #expect(await clients[index].isEnded())
        }
        try await stopping.value
    }

    @Test("stop does not wait for who does not answer longer than timeouts.close")
    func stopCuts() async throws {
        let server = try await RouterServer.start(options())
        var client = try await SocketClient.open(server.address)
        let stopping = Task { try await server.stop() }
        _ = await client.frames { $0.isClose }
        clock.advance(by: .seconds(5))
        try await server.timePassed()
        try await stopping.value
        #expect(await client.isEnded())
    }

    @Test("a port that is in use is said to be")
    func portInUse() async throws {
        let server = try await RouterServer.start(options())
        let failure = await #expect(throws: ListenFailure.self) {
            try await RouterServer.start(options(port: server.address.port))
        }
        #expect(failure?.description == "can't listen on \(server.address): the port is in use; --listen takes another")
        try await server.stop()
    }

    @Test("an address that this machine does not have is said to be none of its own")
    func foreignAddress() async throws {
        var options = options()
        options.listen = ListenAddress(host: "192.0.2.1", port: 8080)
        let failure = await #expect(throws: ListenFailure.self) { try await RouterServer.start(options) }
        #expect(failure?.description == "can't listen on 192.0.2.1:8080: this machine has no such address")
    }

    @Test("three posts of one read reach the other in the order they were sent")
    func posts() async throws {
        let server = try await RouterServer.start(options())
        let sender = try await SocketClient.open(server.address)
        var other = try await SocketClient.open(server.address)
        try await sender.send((1...3).flatMap { ClientFrame.text(#"{"type":"message","content":"\#($0)"}"#) })
        let frames = await other.frames { $0.text.contains(#""id":3"#) }
        #expect(frames.suffix(3).map { $0.text.contains("message") } == [true, true, true])
        #expect(try frames.suffix(3).map { try Said($0.text).contentText } == ["1", "2", "3"])
        try await sender.close()
        _ = await other.frames { $0.text.contains(#""leave""#) }
        try await other.close()
        try await server.stop()
    }

    @Test("a reset in the middle of a frame is a leave for the others")
    func reset() async throws {
        let server = try await RouterServer.start(options())
        let client = try await SocketClient.open(server.address)
        var other = try await SocketClient.open(server.address)
        try await client.send([0x81, 0xFE, 0x10])
        try await client.reset()
        let last = await other.frames { $0.text.contains(#""leave""#) }.last
        #expect(try last.map { try Said($0.text).content["users_online"] as? Int } == 1)
        #expect(try await server.usersOnline() == 1)
        try await other.close()
        try await server.stop()
    }

    @Test("a client that does not read is no longer read from, and closed with 4103 after timeouts.write_stall")
    func doesNotRead() async throws {
        let recorder = LogRecorder()
        var options = options(
            [Echo.self], limits: ["max_message_bytes": "1 MiB", "max_outbox_bytes": "16 MiB"],
            timeouts: ["ping": "3600s", "write_stall": "100ms"])
        options.log = recorder.log
        let server = try await RouterServer.start(options)
        let client = try await SocketClient.open(server.address, bufferBytes: 4_096)
        // 8 MiB to be sent back, more than the system keeps for both sides; the clock moves on until the server has had enough.
        let frame = ClientFrame.text(String(repeating: "x", count: 1 << 20 - 6))
        for _ in 0..<8 { client.push(frame) }
        while try await server.usersOnline() == 1 {
            // In small steps: the ping must not come due before the bytes are there.
            clock.advance(by: .milliseconds(1))
            try await server.timePassed()
        }
        #expect(
            recorder.lines.last?.hasSuffix("left: closed with 4103, Reads too slowly, 0 online") == true,
            "\(recorder.lines)")
        clock.advance(by: .seconds(5))
        try await server.timePassed()
        try await server.stop()
    }
}
