import NIOCore
import RouterServer
import Synchronization
import TestSupport
import Testing

@Suite("Those who read slowly, with several I/O threads on real sockets", .timeLimit(.minutes(2)))
struct SlowReaderThreadsTests {
    private func message(_ content: String, ref: String? = nil) -> [UInt8] { LoopClient.message(content, ref: ref) }

    @Test("one who does not read is closed with 4103, after all that it could take; others of all threads miss nothing")
    func slowReader() async throws {
        let loops = try await LoopThreads(2)
        let readers = try await loops.open(5)
        var slow = try await loops.open(bufferBytes: 4_096)
        let text = String(repeating: "x", count: 8_000)
        let reading = readers.dropFirst().map { reader in
            Task {
                var (reader, texts) = (reader, [String]())
                _ = try await reader.said { said in
                    if said.type == "message" { texts.append(String(said.contentText?.prefix { $0 != "x" } ?? "")) }
                    return said.contentText == "end"
                }
                return (reader, texts)
            }
        }
        var (sender, number) = (readers[0], 0)
        while try await loops.server.usersOnline() == 6 {
            for _ in 0..<10 {
                sender.socket.push(message("\(number) \(text)", ref: "\(number)"))
                number += 1
            }
            _ = try await sender.said { $0.ref == "\(number - 1)" }
        }
        try await sender.socket.send(message("end"))
        let posts = (0..<number).map { "\($0) " }
        for task in reading { #expect(try await task.value.1 == posts + ["end"]) }
        let frames = try await slow.frames { $0.isClose }
        #expect(frames.last?.closeCode == 4103)
        let got = try frames.dropLast().map { try Said($0.text) }.filter { $0.type == "message" }
        #expect(got.map { String($0.contentText?.prefix { $0 != "x" } ?? "") } == posts.prefix(got.count).map(\.self))
        #expect(got.count > 50)
        var clients = [sender, slow]
        for task in reading { clients.append(try await task.value.0) }
        try await loops.stop(clients)
    }

    @Test(
        "stalled clients of all threads that read again get everything in order, with what is only for them in its place"
    )
    func stalled() async throws {
        let loops = try await LoopThreads(2, limits: ["max_outbox_bytes": "64 MiB"])
        var sender = try await loops.open()
        var stalled: [LoopClient] = []
        for _ in 0..<4 { stalled.append(try await loops.open(bufferBytes: 4_096)) }
        // 8 MB for each: more than the system keeps for both sides.
        let text = String(repeating: "x", count: 8_000)
        for number in 0..<1_000 {
            sender.socket.push(message("\(number) \(text)", ref: "\(number)"))
            guard number % 50 == 49 else { continue }
            _ = try await sender.said { $0.ref == "\(number)" }
            // The first of these is read, and the rest only when the client reads again.
            for client in stalled { client.socket.push(client.privately("\(number)", ref: "own \(number)")) }
        }
        let said = try await LoopThreads.everything(&stalled) { _, said in
            said.filter { $0.type == "ack" }.count == 20 && said.filter { $0.type == "message" }.count == 1_000
        }
        for said in said {
            let posts = said.filter { $0.type == "message" }.map { $0.contentText?.prefix { $0 != " " } }
            #expect(posts == (0..<1_000).map { "\($0)" })
            let acks = said.filter { $0.type == "ack" }.map(\.ref)
            #expect(acks == stride(from: 49, to: 1_000, by: 50).map { "own \($0)" })
            let ids = said.filter { $0.type == "message" || $0.type == "ack" }.compactMap(\.postId)
            #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
        }
        try await loops.stop(stalled + [sender])
    }

    // MARK: - Time

    @Test(
        "clients of all threads are pinged; who answers stays, and who does not is closed with 4104 before all others")
    func pings() async throws {
        let loops = try await LoopThreads(4)
        var clients = try await loops.open(8)
        loops.clock.advance(by: .seconds(25))
        try await loops.server.timePassed()
        for index in clients.indices {
            _ = try await clients[index].frames { $0.opcode == 9 }
            guard index != 5 else { continue }
            try await clients[index].socket.send(ClientFrame.pong() + message("here", ref: "here"))
            _ = try await clients[index].said { $0.ref == "here" }
        }
        loops.clock.advance(by: .seconds(10))
        try await loops.server.timePassed()
        #expect(try await clients[5].frames { $0.isClose }.last?.closeCode == 4104)
        for index in clients.indices where index != 5 {
            let leave = try await clients[index].said { $0.type == "leave" }.last { $0.type == "leave" }
            #expect(leave?.content["user_id"] as? Int == clients[5].id)
        }
        #expect(try await loops.server.usersOnline() == 7)
        loops.clock.advance(by: .seconds(5))
        try await loops.server.timePassed()
        #expect(await clients[5].socket.isEnded())
        try await loops.stop(clients)
    }

    @Test(
        "while the router takes nothing, another thread answers pings, and what it reads is handled in order afterwards"
    )
    func busyRouter() async throws {
        let loops = try await LoopThreads(2, limits: ["max_outbox_bytes": "64 MiB"])
        var clients = try await loops.open(3)
        let isBusy = Busy()
        loops.server.eventLoop.execute { isBusy.wait() }
        for client in clients { client.socket.push(ClientFrame.ping("there?")) }
        // One of two in a row is on the other thread.
        let first = try await withThrowingTaskGroup(of: Int.self) { group in
            for (index, client) in clients.prefix(2).enumerated() {
                group.addTask {
                    var client = client
                    _ = try await client.frames { $0.opcode == 10 }
                    return index
                }
            }
            let first = try await group.next() ?? 0
            // 8 MB, of which that thread takes no more than 1 MiB while nobody takes it from there.
            let text = String(repeating: "x", count: 8_000)
            for number in 0..<1_000 { clients[first].socket.push(message("\(number) \(text)", ref: "\(number)")) }
            isBusy.end()
            try await group.waitForAll()
            return first
        }
        let said = try await clients[2].said { $0.contentText?.hasPrefix("999 ") == true }
        let posts = said.filter { $0.type == "message" }.map { $0.contentText?.prefix { $0 != " " } }
        #expect(posts == (0..<1_000).map { "\($0)" })
        let acks = try await clients[first].said { $0.ref == "999" }.filter { $0.type == "ack" }
        #expect(acks.map(\.ref) == (0..<1_000).map { "\($0)" })
        try await loops.stop(clients)
    }
}

/// Keeps a thread from doing anything else.
private final class Busy: Sendable {
    private let isOver = Atomic(false)

    func wait() {
        while !isOver.load(ordering: .acquiring) {}
    }

    func end() { isOver.store(true, ordering: .releasing) }
}
