import Handlers
import RouterServer
import TestSupport
import Testing

@Suite("Several I/O threads on real sockets", .timeLimit(.minutes(2)))
struct LoopThreadsTests {
    private func message(_ content: String, ref: String? = nil) -> [UInt8] { LoopClient.message(content, ref: ref) }

    // MARK: - Order

    @Test(
        "under load everyone sees all posts of others in the same order, ids increase for each, and acks come in their places",
        arguments: [2, 4])
    func order(threads: Int) async throws {
        let loops = try await LoopThreads(threads)
        var clients = try await loops.open(8)
        let (senders, count) = (6, 200)
        for number in 0..<count {
            for (index, client) in clients.prefix(senders).enumerated() {
                let ref = "\(index):\(number)"
                client.socket.push(number % 10 == 9 ? client.privately(ref, ref: ref) : message(ref, ref: ref))
            }
        }
        let sending = Set(clients.prefix(senders).map(\.id))
        let said = try await everything(&clients) { client, said in
            let posts = said.filter { $0.type == "message" }.count
            let isSender = sending.contains(client.id)
            let acks = said.filter { $0.type == "ack" }.count
            return posts == (isSender ? senders - 1 : senders) * count * 9 / 10 && acks == (isSender ? count : 0)
        }
        check(said, senders: senders, count: count)
        try await loops.stop(clients)
    }

    /// What each of them gets until it has got all that it should, all reading at the same time.
    private func everything(
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

    private func check(_ said: [[Said]], senders: Int, count: Int) {
        var posts: [Int: String] = [:]
        for (index, said) in said.enumerated() {
            let ids = said.filter { $0.type != "private_message_sent" && $0.type != "private_message" }
                .compactMap(\.postId)
            #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
            for post in said where post.type == "message" {
                let (id, content) = (post.postId ?? 0, post.contentText ?? "")
                #expect(posts.updateValue(content, forKey: id) ?? content == content)
                #expect(!content.hasPrefix("\(index):"))
            }
            for sender in 0..<senders where sender != index {
                let numbers = said.filter { $0.type == "message" && $0.contentText?.hasPrefix("\(sender):") == true }
                #expect(numbers.map(\.contentText) == (0..<count).filter { $0 % 10 != 9 }.map { "\(sender):\($0)" })
            }
            guard index < senders else { continue }
            #expect(said.filter { $0.type == "ack" }.map(\.ref) == (0..<count).map { "\(index):\($0)" })
            checkAcks(said)
        }
    }

    /// An ack stands behind what its message has caused to its sender.
    private func checkAcks(_ said: [Said]) {
        for (place, ack) in said.enumerated() where ack.type == "ack" && ack.ref?.hasSuffix("9") == true {
            #expect(
                said[max(0, place - 2)..<place].map(\.type).sorted() == ["private_message", "private_message_sent"])
            #expect(said[max(0, place - 2)..<place].allSatisfy { $0.contentText == ack.ref })
        }
    }

    // MARK: - Coming and going

    @Test("of those who come and go while posts fly nobody gets anything that was meant for an earlier one")
    func numbers() async throws {
        let loops = try await LoopThreads(2)
        let talker = try await loops.open()
        let talking = Task { [talker] in
            var (client, number) = (talker, 0)
            while !Task.isCancelled {
                try await client.socket.send(message("post", ref: "\(number)"))
                _ = try await client.said { $0.ref == "\(number)" }
                number += 1
            }
            return client
        }
        for round in 0..<12 {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for visitor in 0..<6 {
                    group.addTask { try await visit(loops, mark: "\(round):\(visitor)", isRude: visitor % 2 == 0) }
                }
                try await group.waitForAll()
            }
        }
        talking.cancel()
        try await loops.stop([try await talking.value])
    }

    /// Says something to itself, and leaves: when it has the answers, or with a reset before it has them.
    private func visit(_ loops: LoopThreads, mark: String, isRude: Bool) async throws {
        var visitor = LoopClient(try await SocketClient.open(loops.server.address))
        var said = try await visitor.said { $0.type == "users" }
        #expect(said.prefix(2).map(\.type) == ["welcome", "users"])
        visitor.id = said[0].content["user_id"] as? Int ?? 0
        for _ in 0..<5 { try await visitor.socket.send(visitor.privately(mark, ref: mark)) }
        if isRude { return try await visitor.socket.reset() }
        try await visitor.socket.send(visitor.privately(mark, ref: "last"))
        said += try await visitor.said { $0.ref == "last" }
        #expect(said.filter { $0.type == "private_message" }.map(\.contentText) == [String?](repeating: mark, count: 6))
        #expect(said.filter { $0.type == "ack" }.map(\.ref) == [String?](repeating: mark, count: 5) + ["last"])
        #expect(said.filter { $0.type == "welcome" }.count == 1)
        let ids = said.filter { $0.type == "message" }.compactMap(\.postId)
        #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
        try await visitor.socket.close()
    }

    // MARK: - The end

    @Test("stop while messages are under way: everybody gets whole frames up to a close with 1001", arguments: [2, 4])
    func stop(threads: Int) async throws {
        let loops = try await LoopThreads(threads)
        let clients = try await loops.open(8)
        for number in 0..<100 { for client in clients { client.socket.push(message("\(number)", ref: "\(number)")) } }
        let stopping = Task { try await loops.server.stop() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in clients {
                group.addTask {
                    var client = client
                    let frames = try await client.frames { $0.isClose }
                    #expect(frames.last?.closeCode == 1001)
                    #expect(try Said(frames[frames.count - 2].text).code == "shutting_down")
                    try await client.socket.send(ClientFrame.close(1001))
                    #expect(await client.socket.isEnded())
                }
            }
            try await group.waitForAll()
        }
        try await stopping.value
    }

    @Test("clients of all threads that send nothing more get all their answers, and then the end")
    func halfClosed() async throws {
        let loops = try await LoopThreads(2)
        var clients = try await loops.open(4)
        for client in clients {
            client.socket.push((0..<300).flatMap { message("\($0)", ref: "\($0)") })
            try await client.socket.finishSending()
        }
        for index in clients.indices {
            let frames = try await clients[index].frames { $0.isClose }
            let acks = try frames.dropLast().map { try Said($0.text) }.filter { $0.type == "ack" }
            #expect(acks.map(\.ref) == (0..<300).map { "\($0)" })
            #expect(frames.last?.closeCode == 1000)
            #expect(await clients[index].socket.isEnded())
        }
        try await loops.stop([])
    }

    @Test("max_handshakes counts the strangers of all threads: of six two are cut, and the other four can come in")
    func handshakes() async throws {
        let loops = try await LoopThreads(4, limits: ["max_handshakes": "4"])
        var strangers: [SocketClient] = []
        for _ in 0..<6 { strangers.append(try await SocketClient(to: loops.server.address)) }
        let others = try await withThrowingTaskGroup(of: SocketClient?.self) { group in
            for stranger in strangers {
                group.addTask {
                    var stranger = stranger
                    return await stranger.isEnded() ? nil : stranger
                }
            }
            // Those that are cut end by themselves; only then are the others told something that they end by.
            for _ in 0..<2 {
                let first = try await group.next() ?? nil
                #expect(first == nil)
            }
            for stranger in strangers { stranger.push(Array("GET /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8)) }
            return try await group.reduce(into: [SocketClient]()) { if let stranger = $1 { $0.append(stranger) } }
        }
        #expect(others.count == 4)
        for stranger in strangers { try? await stranger.close() }
        try await loops.stop([])
    }

    // MARK: - Clients that do not read

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
        let said = try await everything(&stalled) { _, said in
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
}
