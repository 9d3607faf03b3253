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
        let said = try await LoopThreads.everything(&clients) { client, said in
            let posts = said.filter { $0.type == "message" }.count
            let isSender = sending.contains(client.id)
            let acks = said.filter { $0.type == "ack" }.count
            return posts == (isSender ? senders - 1 : senders) * count * 9 / 10 && acks == (isSender ? count : 0)
        }
        check(said, senders: senders, count: count)
        try await loops.stop(clients)
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
}
