extension Conversation {
    /// Holds the conversation with a server.
    /// - Parameters:
    ///   - server: freshly started with this script's settings; the caller shuts it down.
    ///   - hasLobby: whether `joins` and `leaves` take what the lobby sends, and nothing else; without it they pass over
    ///     whatever is sent because of them.
    ///   - fault: a fault to plant between server and clients, to see the script fail.
    /// - Throws: `ConversationFailure` at the first line that does not hold.
    public func run(
        with server: any ConversationServer, hasLobby: Bool = true, fault: PlantedFault? = nil
    ) throws {
        let runner = ConversationRunner(server: server, hasLobby: hasLobby, faults: ConversationFaults(fault))
        var line = 0
        do {
            for step in steps {
                line = step.line
                try runner.run(step)
            }
            try runner.expectNothingLeft()
        } catch let failure as ScriptFault {
            throw self.failure(failure.line ?? line, failure.message)
        } catch {
            throw failure(line, "\(error)")
        }
    }
}

/// Carries out the steps of one conversation.
private final class ConversationRunner {
    private let server: any ConversationServer
    private let hasLobby: Bool
    private let faults: ConversationFaults
    private var clients: [String: ConversationClient] = [:]
    /// The names in the order of their first connection, so that every run goes the same way.
    private var names: [String] = []

    private var order = PostOrder()
    private var tokens = ConversationTokens()

    init(server: any ConversationServer, hasLobby: Bool, faults: ConversationFaults) {
        self.server = server
        self.hasLobby = hasLobby
        self.faults = faults
    }

    func run(_ step: Step) throws {
        switch step.action {
        case .connects(let name, let request, let refused): try connect(name, request, refused)
        case .opens(let name): try open(name)
        case .joins(let name): try join(name)
        case .leaves(let name): try leave(name)
        case .sends(let name, let bytes): try client(name).send(bytes)
        case .sendsTokens(let name, let text):
            let filled = try tokens.fill(text, sentBy: name)
            try client(name).send(ClientFrame(first: 0x81, payload: Array(filled.utf8)).bytes)
        case .closes(let name, let code, let reason): try client(name).close(code, reason)
        case .drops(let name): try client(name).finish()
        case .resets(let name): try client(name).reset()
        case .fallsSilent(let name): try client(name).isSilent = true
        case .stopsReading(let name): try client(name).isReading = false
        case .pass(let duration): try pass(duration)
        case .serverStops: try server.stop()
        case .atOnce(let steps): try together(steps)
        default: try check(step)
        }
    }

    private func check(_ step: Step) throws {
        switch step.action {
        case .gets(let name, let pattern): try get(pattern, by: client(name))
        case .skips(let name, let pattern): try skip(to: pattern, by: client(name))
        case .getsInAnyOrder(let name, let patterns): try get(anyOrder: patterns, by: client(name))
        case .getsNothing(let name): try getNothing(client(name))
        case .isRefused(let name, let refusal): try expect(refusal, by: client(name))
        case .isClosed(let name, let code): try expectClose(code, of: client(name))
        case .isDropped(let name): try expectEnd(of: client(name))
        default: break
        }
    }

    private func client(_ name: String) throws -> ConversationClient {
        guard let client = clients[name] else { throw ScriptFault("\(name) has not connected") }
        return client
    }

    private var openClients: [ConversationClient] { names.compactMap { clients[$0] }.filter(\.isOpen) }

    /// Over a socket: until the server has done all that was asked of it, and the clients have read all of it.
    /// Not for a silent client: a server may take a ping of it for the pong that it waits for.
    private func settle() throws {
        guard server.isDelayed else { return }
        for client in openClients where !client.isSilent && client.isReading { try client.barrier() }
    }

    // MARK: Coming and going

    private func open(_ name: String) throws {
        if clients[name] == nil { names.append(name) }
        clients[name] = ConversationClient(name: name, link: try server.connect(), faults: faults)
    }

    private func connect(_ name: String, _ request: ClientRequest, _ refused: Bool) throws {
        try open(name)
        try client(name).send(request.bytes)
        if !refused { try client(name).upgrade(offer: request.offer) }
    }

    private func join(_ name: String) throws {
        guard hasLobby else { return try passingOver { try connect(name, ClientRequest(), false) } }
        let others = openClients
        try connect(name, ClientRequest(), false)
        try get(FramePattern(#"{"type":"welcome",...}"#), by: client(name))
        try get(FramePattern(#"{"type":"users",...}"#), by: client(name))
        try takeHistory(of: client(name))
        for other in others { try get(FramePattern(#"{"type":"join",...}"#), by: other) }
    }

    /// There is one when somebody has posted before.
    private func takeHistory(of client: ConversationClient) throws {
        let history = try FramePattern(#"{"type":"history",...}"#)
        if server.isDelayed { try client.barrier() }
        guard let next = try client.waitingFrames().first, history.mismatch(next, server.time) == nil else { return }
        try get(history, by: client)
    }

    private func leave(_ name: String) throws {
        let leaver = try client(name)
        guard hasLobby else {
            return try passingOver {
                try leaver.close(1000, [])
                try expectClose(1000, of: leaver)
            }
        }
        try leaver.close(1000, [])
        try expectClose(1000, of: leaver)
        for other in openClients { try get(FramePattern(#"{"type":"leave",...}"#), by: other) }
    }

    /// Whatever anybody is sent because of `body` is of no concern; what waited before it stays.
    private func passingOver(_ body: () throws -> Void) throws {
        try settle()
        var waiting: [String: Int] = [:]
        for client in openClients { waiting[client.name] = try client.waitingFrames().count }
        try body()
        try settle()
        for client in openClients {
            let passed = try client.passOver(after: waiting[client.name] ?? 0)
            for frame in passed { try note(frame, readBy: client) }
        }
    }

    private func together(_ steps: [Step]) throws {
        try settle()
        try server.atOnce {
            for step in steps { try run(step) }
        }
    }

    /// A second at a time, because a client must be able to answer a ping before its pong is overdue.
    private func pass(_ duration: Duration) throws {
        try settle()
        var rest = duration
        while rest > .zero {
            let step = min(rest, .seconds(1))
            rest -= step
            try server.advance(by: step)
            for client in openClients { _ = try client.waitingFrames() }
            try settle()
        }
    }

    // MARK: What must come

    private func note(_ frame: ServerFrame, readBy client: ConversationClient) throws {
        try order.check(frame, of: client.name)
        tokens.note(frame, readBy: client.name)
    }

    private func get(_ pattern: FramePattern, by client: ConversationClient) throws {
        client.isReading = true
        guard let frame = try client.next() else { throw missing(pattern.described(server.time), client) }
        if let mismatch = pattern.mismatch(frame, server.time) { throw ScriptFault("\(client.name): \(mismatch)") }
        try note(frame, readBy: client)
    }

    /// Passes over what a script has no word on.
    private func skip(to pattern: FramePattern, by client: ConversationClient) throws {
        client.isReading = true
        while let frame = try client.next() {
            try note(frame, readBy: client)
            if pattern.mismatch(frame, server.time) == nil { return }
        }
        throw missing(pattern.described(server.time), client)
    }

    private func missing(_ expected: String, _ client: ConversationClient) -> ScriptFault {
        let got = client.isEnded ? "the connection ended" : "nothing came"
        return ScriptFault("\(client.name): expected \(expected), but \(got)")
    }

    private func get(anyOrder patterns: [FramePattern], by client: ConversationClient) throws {
        var rest = patterns
        while !rest.isEmpty {
            guard let frame = try client.next() else { throw missing(rest[0].described(server.time), client) }
            guard let found = rest.firstIndex(where: { $0.mismatch(frame, server.time) == nil }) else {
                let expected = rest.map { $0.described(server.time) }.joined(separator: "\n  or ")
                throw ScriptFault("\(client.name): expected \(expected), got \(frame)")
            }
            rest.remove(at: found)
            try note(frame, readBy: client)
        }
    }

    private func getNothing(_ client: ConversationClient) throws {
        try settle()
        if let frame = try client.waitingFrames().first {
            throw ScriptFault("\(client.name): expected nothing, got \(frame)")
        }
        if client.isEnded { throw ScriptFault("\(client.name): expected nothing, but the connection ended") }
    }

    private func expect(_ refusal: Refusal, by client: ConversationClient) throws {
        let expected = refusal.statuses.map(String.init).joined(separator: " or ")
        client.endIsExpected = true
        guard let response = try client.response() else { throw missing("status \(expected)", client) }
        guard refusal.statuses.contains(response.status) else {
            throw ScriptFault("\(client.name): expected status \(expected), got \(response.status)")
        }
        for header in refusal.headers where response.header(header.name) != header.value {
            let got = response.header(header.name) ?? "no such header"
            throw ScriptFault("\(client.name): expected \(header.name): \(header.value), got \(got)")
        }
        if refusal.hasShortText && !(1...200).contains(response.body.count) {
            throw ScriptFault("\(client.name): expected a short text, got \(response.body.count) bytes")
        }
    }

    private func expectClose(_ code: Int, of client: ConversationClient) throws {
        try get(.close(code), by: client)
        try expectEnd(of: client)
    }

    private func expectEnd(of client: ConversationClient) throws {
        client.endIsExpected = true
        guard try client.isEndedByServer() else { throw ScriptFault("\(client.name): the connection did not end") }
        if let frame = try client.waitingFrames().first {
            throw ScriptFault("\(client.name): expected the end of the connection, got \(frame)")
        }
        if client.hasUnreadBytes {
            throw ScriptFault("\(client.name): expected the end of the connection, got more bytes")
        }
    }

    func expectNothingLeft() throws {
        try settle()
        for client in names.compactMap({ clients[$0] }) {
            if let frame = try client.waitingFrames().first {
                throw ScriptFault("\(client.name): at the end of the script, one more: \(frame)")
            }
            if client.isEnded && !client.endIsExpected {
                throw ScriptFault("\(client.name): the connection ended, and the script does not say so")
            }
        }
    }
}
