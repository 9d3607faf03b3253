import WebSocketWire

/// A client of a conversation: it shakes hands, reads strictly, and answers pings and closes as a browser does.
final class ConversationClient {
    let name: String
    private let link: any ConversationLink
    private let faults: ConversationFaults
    private var bytes: [UInt8] = []
    private var frames: [ServerFrame] = []
    private var barriers = 0
    /// When the server may compress.
    private var inflater: Inflater?
    private var hasSentClose = false
    private var hasGotClose = false
    /// Whether pings and closes of the server go unanswered.
    var isSilent = false
    /// Whether bytes are taken from the connection as they come.
    var isReading = true
    /// Whether the handshake is done, so that what arrives are frames.
    private(set) var isUpgraded = false
    /// Whether the connection is over, from either side.
    private(set) var isEnded = false

    /// Whether the script says that it is over.
    var endIsExpected = false

    init(name: String, link: any ConversationLink, faults: ConversationFaults) {
        self.name = name
        self.link = link
        self.faults = faults
    }

    /// Whether frames may still come.
    var isOpen: Bool { isUpgraded && !isEnded }

    // MARK: Sending

    func send(_ bytes: [UInt8]) throws {
        try link.send(bytes)
        receive(faults.afterSending(bytes, by: name))
    }

    func close(_ code: Int?, _ reason: [UInt8]) throws {
        hasSentClose = true
        try link.send(ClientFrame.close(code, reason).bytes)
    }

    func finish() throws {
        gone()
        try link.finish()
    }

    /// What is unread dies with the connection.
    private func gone() {
        isEnded = true
        endIsExpected = true
        frames = []
    }

    func reset() throws {
        gone()
        try link.reset()
    }

    // MARK: The handshake

    /// - Parameter offer: the extensions that the client offered.
    func upgrade(offer: String? = nil) throws {
        guard let response = try response() else { throw ScriptFault("no answer to the handshake") }
        if let fault = response.upgradeFault(offer: offer) {
            throw ScriptFault("\(fault) \(String(decoding: response.body, as: UTF8.self))")
        }
        if response.isCompressed { inflater = Inflater() }
        isUpgraded = true
        try decode()
    }

    /// The answer of the server, with its body when it is none that upgrades.
    func response() throws -> ServerResponse? {
        var response: ServerResponse?
        repeat { response = try ServerResponse(takenFrom: &bytes) } while try response == nil && read(waiting: true)
        guard var response, response.status != 101 else { return response }
        let length = response.header("Content-Length").flatMap { Int($0) } ?? .max
        while try bytes.count < length && read(waiting: true) {}
        response.body = bytes
        bytes = []
        return response
    }

    // MARK: Receiving

    /// The next frame; waits a few seconds of real time for it where the bytes take their time.
    /// - Returns: nil when none came, or the connection ended.
    func next() throws -> ServerFrame? {
        while frames.isEmpty, try read(waiting: true) {}
        return frames.isEmpty ? nil : frames.removeFirst()
    }

    /// What is there already, without waiting.
    func waitingFrames() throws -> [ServerFrame] {
        while try isReading && read(waiting: false) {}
        return frames
    }

    /// Passes over what is there, but for the first `count` frames.
    func passOver(after count: Int) throws -> [ServerFrame] {
        let passed = try waitingFrames().dropFirst(count)
        frames.removeLast(passed.count)
        return Array(passed)
    }

    /// Bytes that are no whole frame, or that no answer to a handshake was taken from.
    var hasUnreadBytes: Bool { !bytes.isEmpty }

    /// Waits for the end of the connection; frames before it are kept.
    func isEndedByServer() throws -> Bool {
        while try read(waiting: true) {}
        return isEnded
    }

    /// Two pings and their pongs: what was sent before has been handled, and its tick has ended, when the second is back.
    func barrier() throws {
        for _ in 1...2 where !isEnded && !hasSentClose {
            barriers += 1
            let mark = Array("barrier \(barriers)".utf8)
            try link.send(ClientFrame(first: 0x89, payload: mark).bytes)
            while !isEnded, !frames.contains(.pong(mark)) {
                guard try read(waiting: true) || isEnded else { throw ScriptFault("\(name)'s ping was not answered") }
            }
            frames.removeAll { $0 == .pong(mark) }
        }
    }

    /// - Returns: whether anything arrived.
    private func read(waiting: Bool) throws -> Bool {
        guard !isEnded else { return false }
        switch try link.receive(waiting: waiting) {
        case .nothing: return false
        case .end:
            isEnded = true
            return false
        case .bytes(let arrived):
            bytes += arrived
            if isUpgraded { try decode() }
            return true
        }
    }

    private func decode() throws {
        while let frame = try ServerFrame(takenFrom: &bytes, inflater) {
            if hasGotClose { throw ScriptFault("\(name) got a frame after the close: \(frame)") }
            receive(faults.received(frame, by: name))
            try answer(frame)
        }
    }

    private func receive(_ arrived: [ServerFrame]) {
        for frame in arrived {
            if case .ping = frame, !isSilent { continue }
            frames.append(frame)
        }
    }

    private func answer(_ frame: ServerFrame) throws {
        if case .close = frame { hasGotClose = true }
        guard !isSilent else { return }
        switch frame {
        case .ping(let payload): try link.send(ClientFrame(first: 0x8A, payload: payload).bytes)
        case .close(let code, _) where !hasSentClose: try close(code, [])
        default: break
        }
    }
}
