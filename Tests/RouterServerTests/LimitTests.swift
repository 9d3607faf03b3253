import HandlerKit
import Handlers
import RouterCore
import RouterServer
import TestSupport
import Testing

@Suite("Every limit can be hit, and every timeout runs out")
struct LimitTests {
    /// The limits by their names in YAML, each with a value that is easy to hit.
    enum Limit: String, CaseIterable {
        case maxMessageBytes = "max_message_bytes"
        case maxFrameBytes = "max_frame_bytes"
        case maxFragments = "max_fragments"
        case maxConnections = "max_connections"
        case maxConnectionsPerAddress = "max_connections_per_address"
        case maxHandshakes = "max_handshakes"
        case maxHandshakesPerAddress = "max_handshakes_per_address"
        case connectionBurst = "connection_burst"
        case connectionsPerSecond = "connections_per_second"
        case maxAddresses = "max_addresses"
        case maxControlFrames = "max_control_frames"
        case maxInflatedInVain = "max_inflated_in_vain"
        case maxHeaderBytes = "max_header_bytes"
        case maxHeaderCount = "max_header_count"
        case maxJsonDepth = "max_json_depth"
        case maxJsonMembers = "max_json_members"
        case maxBadMessages = "max_bad_messages"
        case maxOutboxBytes = "max_outbox_bytes"
        case maxKeysPerSession = "max_keys_per_session"
        case maxWaitingMessages = "max_waiting_messages"
        case maxBackgroundWork = "max_background_work"
        case maxHandlerWait = "max_handler_wait"
        case maxResumableSessions = "max_resumable_sessions"
        case maxMissed = "max_missed"
        case maxRoomPosts = "max_room_posts"
        case maxRoomBytes = "max_room_bytes"

        var small: String {
            switch self {
            case .maxMessageBytes: "100"
            case .maxFrameBytes: "200"
            case .maxFragments, .maxConnections, .maxHandshakes, .maxBadMessages, .maxRoomPosts: "2"
            case .maxResumableSessions, .maxMissed: "2"
            case .maxConnectionsPerAddress, .maxHandshakesPerAddress, .connectionBurst, .connectionsPerSecond,
                .maxAddresses, .maxControlFrames:
                "2"
            case .maxHeaderBytes: "512"
            case .maxHeaderCount, .maxJsonMembers: "8"
            case .maxJsonDepth: "3"
            case .maxOutboxBytes, .maxInflatedInVain: "64 KiB"
            case .maxKeysPerSession, .maxWaitingMessages, .maxBackgroundWork: "1"
            case .maxHandlerWait: "100ms"
            case .maxRoomBytes: "40"  // two posts: a type and a name of 7 bytes each, and a text of 3, quotes included
            }
        }
    }

    enum Timeout: String, CaseIterable {
        case handshake, message, ping, pong, close, grace, resume
        case writeStall = "write_stall"
    }

    @Test("the tests below know every limit and every timeout that there is")
    func all() {
        let lists: Set = ["exempt_addresses"]
        #expect(Set(settings(of: Limits()).map(\.name)) == Set(Limit.allCases.map(\.rawValue)).union(lists))
        #expect(Set(settings(of: Timeouts()).map(\.name)) == Set(Timeout.allCases.map(\.rawValue)))
        #expect(sections(of: Limits()).isEmpty && sections(of: Timeouts()).isEmpty)
    }

    @Test("up to the limit all is well; past it comes what the limit says", arguments: Limit.allCases)
    func hit(limit: Limit) throws {
        var limits = [limit.rawValue: limit.small]
        if limit == .maxFrameBytes { limits["max_message_bytes"] = "100" }
        if [.connectionsPerSecond, .maxAddresses].contains(limit) { limits["connection_burst"] = "1" }
        let server = EmbeddedServer([Lobby.self, Broadcast.self, Slow.self, Recall.self], limits: limits)
        switch limit {
        case .maxMessageBytes: try messageBytes(server)
        case .maxFrameBytes: try frameBytes(server)
        case .maxFragments: try fragments(server)
        case .maxConnections: try connections(server)
        case .maxConnectionsPerAddress: try connectionsPerAddress(server)
        case .maxHandshakes: try handshakes(server)
        case .maxHandshakesPerAddress: try handshakesPerAddress(server)
        case .connectionBurst, .connectionsPerSecond, .maxAddresses: try newcomers(server, limit)
        case .maxControlFrames: try controlFrames(server)
        case .maxInflatedInVain: try inflatedInVain(server)
        case .maxHeaderBytes:
            let rest = 512 - EmbeddedClient.upgrade.count - "X: \r\n".utf8.count
            try header(server, fits: ["X: " + pad(rest)], not: ["X: " + pad(rest + 1)])
        case .maxHeaderCount:
            try header(server, fits: ["A: 1", "B: 2", "C: 3"], not: ["A: 1", "B: 2", "C: 3", "D: 4"])
        case .maxJsonDepth: try json(server, fits: "[[1]]", not: "[[[1]]]")
        case .maxJsonMembers: try json(server, fits: "[1,2,3,4,5]", not: "[1,2,3,4,5,6]")
        case .maxBadMessages: try badMessages(server)
        case .maxOutboxBytes: try outbox(server)
        case .maxKeysPerSession: try keys(server)
        case .maxWaitingMessages: try waitingMessages(server)
        case .maxBackgroundWork: try backgroundWork(server)
        case .maxHandlerWait: try handlerWait(server)
        case .maxResumableSessions: try resumableSessions(server)
        case .maxMissed: try missed(server)
        case .maxRoomPosts, .maxRoomBytes: try roomPosts(server)
        }
    }

    private func resumableSessions(_ server: EmbeddedServer) throws {
        let tokens = try (0..<3).map { _ in try server.openAndLeave() }
        let answers = try tokens.map { try server.resume($0).said().first?.type }
        #expect(answers == ["error", "resumed", "resumed"])
    }

    private func missed(_ server: EmbeddedServer) throws {
        for (posts, answer) in [(2, "resumed"), (3, "error")] {
            let (token, other) = (try server.openAndLeave(), try server.open())
            let first = server.posted
            for _ in 0..<posts {
                try other.send(#"{"type":"message","content":"x"}"#)
                server.posted += 1
            }
            #expect(try server.resume(token, after: first).said().first?.type == answer)
        }
    }

    /// Users do not count; who becomes one makes room, and so does the oldest of those who do not.
    private func handshakes(_ server: EmbeddedServer) throws {
        let user = try server.open()
        var waiting = [try server.connect(), try server.connect()]
        #expect(waiting.allSatisfy { $0.isOpen })
        waiting.append(try server.connect())
        #expect(waiting.map(\.isOpen) == [false, true, true])
        try waiting[1].send(EmbeddedClient.upgrade)
        waiting.append(try server.connect())
        #expect(waiting.map(\.isOpen) == [false, true, true, true])
        #expect(waiting[1].http().hasPrefix("HTTP/1.1 101 ") && user.isOpen)
    }

    private func connections(_ server: EmbeddedServer) throws {
        _ = (try server.open(), try server.open())
        let third = try server.connect()
        try third.send(EmbeddedClient.upgrade)
        #expect(third.http().hasPrefix("HTTP/1.1 101 "))
        let frames = third.frames()
        #expect(try Said(frames[0].text).code == "server_full")
        #expect(frames.map(\.closeCode) == [nil, 1013])
    }

    private func header(_ server: EmbeddedServer, fits: [String], not tooMuch: [String]) throws {
        for (lines, answer) in [(fits, "101"), (tooMuch, "431")] {
            let client = try server.connect()
            try client.send(
                EmbeddedClient.upgrade.dropLast(2) + Array((lines.map { $0 + "\r\n" }.joined() + "\r\n").utf8))
            #expect(client.http().hasPrefix("HTTP/1.1 \(answer) "))
        }
    }

    private func json(_ server: EmbeddedServer, fits: String, not tooMuch: String) throws {
        let client = try server.open()
        try client.send(#"{"type":"message","ref":1,"x":\#(fits)}"#)
        #expect(try client.said().map(\.type) == ["ack"])
        try client.send(#"{"type":"message","ref":1,"x":\#(tooMuch)}"#)
        #expect(try client.said().map(\.code) == ["invalid_message"])
    }

    private func badMessages(_ server: EmbeddedServer) throws {
        let client = try server.open()
        try client.send("5")
        #expect(try client.said().count == 1)
        try client.send("5")
        #expect(client.frames().map(\.closeCode) == [nil, nil, 1008])
    }

    private func outbox(_ server: EmbeddedServer) throws {
        let (slow, other) = (try server.open(), try server.open())
        slow.stall()
        for _ in 0..<8 {
            #expect(server.usersOnline == 2)
            try other.send(#"{"type":"message","content":"\#(pad(8_100))"}"#)
        }
        #expect(server.usersOnline == 1)
    }

    private func keys(_ server: EmbeddedServer) throws {
        let client = try server.open()
        for (key, id) in [("a", 1), ("a", 1), ("b", 2), ("a", 3)] {
            try client.send(#"{"type":"message","content":"x","key":"\#(key)","ref":1}"#)
            #expect(try client.said().map { $0.content["id"] as? Int } == [id])
        }
    }

    private func waitingMessages(_ server: EmbeddedServer) throws {
        let client = try server.open()
        func isRead() -> Bool {
            client.askToRead()
            return client.socket.takeRead()
        }
        try client.send(#"{"type":"slow"}"#)
        #expect(isRead())
        try client.send(#"{"type":"message","ref":1}"#)
        #expect(!isRead())
        server.work.answer()
        server.turn()
        #expect(try client.said().map(\.type) == ["ack"])
        #expect(client.socket.takeRead())
    }

    private func backgroundWork(_ server: EmbeddedServer) throws {
        let (first, second) = (try server.open(), try server.open())
        try first.send(#"{"type":"slow"}"#)
        try second.send(#"{"type":"slow"}"#)
        #expect(try second.said().map(\.code) == ["unavailable"])
        // What was begun runs on when nobody waits for it any more, and counts until it has ended.
        first.disconnect()
        try second.send(#"{"type":"slow"}"#)
        #expect(try second.said().map(\.code).last == "unavailable")
        server.work.answer()
        server.turn()
        try second.send(#"{"type":"slow"}"#)
        #expect(try second.said().isEmpty)
    }

    private func handlerWait(_ server: EmbeddedServer) throws {
        let client = try server.open()
        try client.send(#"{"type":"slow"}"#)
        server.pass(.milliseconds(99))
        #expect(client.frames().isEmpty)
        server.pass(.milliseconds(1))
        #expect(try client.said().map(\.code) == ["unavailable"])
    }

    private func roomPosts(_ server: EmbeddedServer) throws {
        let client = try server.open()
        for (text, kept) in [("a", ["a"]), ("b", ["a", "b"]), ("c", ["b", "c"])] {
            try client.send(#"{"type":"message","content":"\#(text)"}"#)
            try client.send(#"{"type":"recall"}"#)
            #expect(try client.said().map { $0["content"] as? [String] } == [kept])
        }
    }

    // MARK: - Timeouts

    @Test("a timeout runs out after the time that is set, and not a millisecond before", arguments: Timeout.allCases)
    func runOut(timeout: Timeout) throws {
        let handlers: [any Handler.Type] = [.grace, .resume].contains(timeout) ? [Lobby.self] : [Broadcast.self]
        let server = EmbeddedServer(handlers, timeouts: [timeout.rawValue: "1234ms"])
        let client = timeout == .handshake ? try server.connect() : try server.open()
        let isOver: () -> Bool
        switch timeout {
        case .handshake: isOver = { client.http().hasPrefix("HTTP/1.1 408 ") }
        case .message:
            try client.send([0x81])
            isOver = { client.frames().map(\.closeCode) == [nil, 1008] }
        case .ping: isOver = { client.frames().map(\.opcode) == [9] }
        case .pong:
            server.pass(.seconds(25))
            client.forget()
            isOver = { client.frames().map(\.closeCode) == [4104] }
        case .close:
            server.stop()
            isOver = { !client.isOpen }
        case .writeStall:
            client.stall()
            try client.send("answered by an error that is not taken")
            isOver = { server.usersOnline == 0 }
        case .grace:
            client.disconnect()
            isOver = { server.usersOnline == 0 }
        case .resume:
            var tokens = [try server.openAndLeave(), try server.openAndLeave()]
            isOver = { (try? server.resume(tokens.removeLast()).said().first?.type) == "error" }
        }
        server.pass(.milliseconds(1_233))
        #expect(!isOver())
        server.pass(.milliseconds(1))
        #expect(isOver())
    }
}

/// Reads the room's posts again.
private struct Recall: Handler {
    static let name = "recall"
    static let summary = ""
    static let types: MessageTypes = ["recall"]
    func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        let room = try context.room(of: message)
        if case .ready(let posts) = context.archive.page(of: room, before: .max, limit: 9, maxBytes: 9_999) {
            context.reply("recalled", posts.map(\.content))
        }
        return .handled
    }
}
