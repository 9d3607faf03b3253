import HandlerKit
import HandlerTesting
import Handlers
import RouterCore
import RouterServer
import TestSupport

/// A server with several I/O threads, and clients with sockets; the system deals them out to the threads in turn.
struct LoopThreads {
    let clock = ManualClock()
    let server: RouterServer

    init(
        _ count: Int, _ handlers: [any Handler.Type] = [Lobby.self, Private.self, Broadcast.self],
        limits: [String: String] = [:]
    ) async throws {
        server = try await RouterServer.start(
            ServerOptions(
                listen: ListenAddress(host: "127.0.0.1", port: 0), allowedOrigins: [], limits: .with(limits),
                timeouts: .with([:]), plan: PipelinePlan(handlers.map { PipelinePlan.Entry($0) }), ioThreads: count,
                clock: clock, log: LogRecorder().log))
    }

    func open(bufferBytes: Int? = nil) async throws -> LoopClient {
        var client = LoopClient(try await SocketClient.open(server.address, bufferBytes: bufferBytes))
        let welcome = try await client.said { $0.type == "users" }
        client.id = welcome[0].content["user_id"] as? Int ?? 0
        return client
    }

    func open(_ count: Int) async throws -> [LoopClient] {
        var clients: [LoopClient] = []
        for _ in 0..<count { clients.append(try await open()) }
        return clients
    }

    /// Closes everybody, and then the server.
    func stop(_ clients: [LoopClient]) async throws {
        for client in clients { try? await client.socket.close() }
        try await server.stop()
    }
}

/// A user with a socket of its own.
struct LoopClient {
    var socket: SocketClient
    var id = 0

    init(_ socket: SocketClient) { self.socket = socket }

    static func message(_ content: String, ref: String? = nil) -> [UInt8] {
        ClientFrame.text(#"{"type":"message","content":"\#(content)"\#(ref.map { #","ref":"\#($0)""# } ?? "")}"#)
    }

    /// To itself: two frames, and then the ack.
    func privately(_ content: String, ref: String) -> [UInt8] {
        ClientFrame.text(#"{"type":"private_message","to_id":\#(id),"content":"\#(content)","ref":"\#(ref)"}"#)
    }

    /// All that comes up to the end of what had come when this holds, or the connection ended.
    mutating func said(until isLast: (Said) -> Bool) async throws -> [Said] {
        var said: [Said] = []
        _ = try await frames { frame in
            guard let text = try? Said(frame.text) else { return false }
            said.append(text)
            return isLast(text)
        }
        return said
    }

    /// The same for all kinds of frames; each is looked at once.
    mutating func frames(until isLast: (ServerFrame) -> Bool) async throws -> [ServerFrame] {
        var all: [ServerFrame] = []
        var isDone = false
        while !isDone {
            let frames = await socket.frames { _ in true }
            if frames.isEmpty { return all }
            for frame in frames where isLast(frame) { isDone = true }
            all += frames
        }
        return all
    }
}

extension Said {
    /// The id of a post or private message, or of what is acknowledged.
    var postId: Int? { self["id"] as? Int ?? (type == "ack" ? content["id"] as? Int : nil) }
    var ref: String? { self["ref"] as? String }
}

extension LoopThreads {
    /// What each of them gets until it has got all that it should, all reading at the same time.
    static func everything(
        _ clients: inout [LoopClient], until isAll: @escaping @Sendable (LoopClient, [Said]) -> Bool
    ) async throws -> [[Said]] {
        let results = try await withThrowingTaskGroup(of: (Int, LoopClient, [String]).self) { group in
            for (index, client) in clients.enumerated() {
                group.addTask {
                    var (client, texts, said) = (client, [String](), [Said]())
                    while !isAll(client, said) {
                        let frames = await client.socket.frames { _ in true }
                        guard !frames.isEmpty else { break }
                        texts += frames.map(\.text)
                        said += try frames.filter { $0.opcode == 1 }.map { try Said($0.text) }
                    }
                    return (index, client, texts)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        var said = [[Said]](repeating: [], count: clients.count)
        for (index, client, texts) in results {
            clients[index] = client
            said[index] = try texts.map { try Said($0) }
        }
        return said
    }
}
