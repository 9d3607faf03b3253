import HandlerKit
import JSONWire
import Logging
import NIOCore

/// What every message may carry beside its own fields.
struct Request {
    /// P30: as JSON.
    var ref: JSONRaw?
    var key: Key?
    /// What was sent with the key before led to this.
    var earlier: RememberedKeys.Answer?

    /// P31: what the message is to be recognised by when it is sent again.
    struct Key {
        let text: String
        let digest: UInt64
    }
}

extension Router {
    /// A text came: it is read, and goes through the handlers of its type, behind what waits of its session.
    ///
    /// - Parameter text: UTF-8, at most `limits.max_message_bytes`.
    public mutating func received(_ text: consuming ByteBuffer, from connection: Int) {
        guard let slot = begin(connection) else { return receive(.text(text), fromVisitor: connection) }
        // A copy of its own, so that a few bytes do not hold the whole read buffer.
        if queues(.text(ByteBuffer(bytes: text.readableBytesView)), slot) { return }
        let before = tick.replyBytes
        handle(text, slot)
        noteCaused(before, slot)
    }

    /// A text came that has been read already.
    ///
    /// - Parameter object: what it says; nothing when it is no JSON object. What stands there afterwards is of no use,
    ///   but for its storage.
    public mutating func received(_ object: inout JSONObject, from connection: Int) {
        guard let slot = begin(connection) else { return receive(.text(object.text), fromVisitor: connection) }
        if queues(.text(ByteBuffer(bytes: object.text.readableBytesView)), slot) { return }
        let before = tick.replyBytes
        swap(&message.object, &object)
        handleMessage(slot)
        noteCaused(before, slot)
    }

    mutating func handle(_ text: consuming ByteBuffer, _ slot: Int) {
        if pipeline.takesFrames { return handle(Frame(isText: true, payload: text), slot) }
        // What is no object leaves nothing behind, and is refused as that.
        try? message.object.read(text, limits: jsonLimits, utf8Checked: true)
        handleMessage(slot)
    }

    private mutating func handleMessage(_ slot: Int) {
        var ref: JSONRaw?
        do throws(Rejection) {
            ref = try readRef()
            let key = try readKey()
            _ = try message.string("room")  // P17: of another type it is refused, whatever becomes of the message
            let route = try route()
            let request = Request(ref: ref, key: key, earlier: try earlier(key, slot))
            try run(request, route, from: 0, slot)
        } catch {
            refuse(error, ref?.text ?? ByteBuffer(), slot)
        }
        cleanUp()
    }

    /// - Returns: whether the message has come to its end, and does not wait.
    mutating func attempt(
        _ request: Request, _ slot: Int, _ body: (inout Router) throws(Rejection) -> Bool
    ) -> Bool {
        defer { cleanUp() }
        do throws(Rejection) {
            return try body(&self)
        } catch {
            refuse(error, request.ref?.text ?? ByteBuffer(), slot)
            return true
        }
    }

    mutating func cleanUp() {
        context.discardEffects()
        // The reader's buffer takes the next message without a copy only when nobody holds this one.
        message.clear()
    }

    /// A binary message came: whole frames are for those who take them, and ignored in chat (P24).
    public mutating func receivedBinary(_ bytes: ByteBuffer, from connection: Int) {
        guard let slot = begin(connection), pipeline.takesFrames else { return }
        if queues(.binary(ByteBuffer(bytes: bytes.readableBytesView)), slot) { return }
        let before = tick.replyBytes
        handle(Frame(isText: false, payload: bytes), slot)
        noteCaused(before, slot)
    }

    /// A text over `limits.max_message_bytes` has gone by (P22); or any message, for those who take whole frames.
    public mutating func receivedTooLarge(isText: Bool, from connection: Int) {
        guard let slot = begin(connection) else {
            if isText { receive(.tooLarge, fromVisitor: connection) }
            return
        }
        if pipeline.takesFrames { return end(connection, .tooLarge(limit: limits.maxMessageBytes.bytes)) }
        guard isText, !queues(.tooLarge, slot) else { return }
        let before = tick.replyBytes
        refuseTooLarge(slot)
        noteCaused(before, slot)
    }

    mutating func refuseTooLarge(_ slot: Int) {
        refuse(Rejection(.messageTooLarge, "Message too large"), ByteBuffer(), slot)
    }

    private mutating func begin(_ connection: Int) -> Int? {
        guard let slot = slot(of: connection), let user = context.users[slot: slot] else { return nil }
        beginTick()
        context.sender = user
        return slot
    }

    // MARK: - Reading what every message has

    /// P30: a string of up to 64 bytes, or an integer.
    func readRef() throws(Rejection) -> JSONRaw? {
        guard !message.object.isEmpty else { throw .invalidMessage }
        guard let value = message.present("ref") else { return nil }
        let isRef =
            switch value.kind {
            case .string: message.object.utf8Length(value) <= 64
            case .number:
                message.object.withBytes(value) {
                    $0.count <= 64 && $0.allSatisfy { $0 == 0x2D || (0x30...0x39).contains($0) }
                }
            default: false
            }
        guard isRef else { throw .invalidMessage }
        return JSONRaw(value, of: message.object)
    }

    /// P31: a string of up to 64 bytes.
    private func readKey() throws(Rejection) -> Request.Key? {
        guard let text = try message.string("key") else { return nil }
        guard text.utf8.count <= 64 else { throw .invalidMessage }
        return Request.Key(text: text, digest: message.digest)
    }

    // MARK: - Through the pipeline

    /// P31: what was sent with the same key before; a key of another message is refused.
    private func earlier(_ key: Request.Key?, _ slot: Int) throws(Rejection) -> RememberedKeys.Answer? {
        guard let key, let earlier = sessions[slot]?.keys[key.text] else { return nil }
        guard earlier.digest == key.digest else { throw .invalidMessage }
        return earlier
    }

    /// Runs the handlers of a route from a place on, and then does what they said.
    ///
    /// What was sent before with the same key runs only through those who look at it on its way, a rate limit for one.
    ///
    /// - Returns: false when the message waits in a handler.
    @discardableResult
    mutating func run(_ request: Request, _ route: Int, from start: Int, _ slot: Int) throws(Rejection) -> Bool {
        var place = start
        let count = pipeline.routes[route].count
        while place < count {
            let index = pipeline.routes[route][place]
            if request.earlier != nil, pipeline.answers[index] { break }
            switch try trace == nil ? call(index) : handleTraced(with: index) {
            case .pass: place += 1
            case .handled:
                try commit(request, slot)
                return true
            case .waiting:
                try setAside(request, route, place, slot)
                return false
            }
        }
        guard request.earlier != nil else {
            log.error("no handler answered a message of type \(message.type)")
            throw Rejection(.internalError, "Internal error")
        }
        try commit(request, slot)
        return true
    }

    private mutating func commit(_ request: Request, _ slot: Int) throws(Rejection) {
        if let earlier = request.earlier { return repeatAnswer(earlier, request.ref, slot) }
        let room = try checkEffects()
        let before = entriesInGroup
        let numbered = carryOut(for: slot, room, hasKey: request.key != nil)
        let isPledged = pledge(request, numbered, entriesBefore: before)
        if let numbered, let key = request.key {
            sessions[slot]?.keys.remember(
                key.text,
                .init(
                    digest: key.digest, id: numbered.id, timestamp: context.time.unix, receiver: numbered.receiver))
        }
        if let ref = request.ref { answer(ref, numbered?.id, isPledged: isPledged, slot) }
        endThoseToClose()
    }

    private func route() throws(Rejection) -> Int {
        guard let type = message.object.value("type"), type.kind == .string else { throw .invalidMessage }
        if !type.hasEscapes {
            let route = message.object.withBytes(type) {
                pipeline.routes.find(UnsafeRawBufferPointer(rebasing: $0[1..<$0.count - 1]))
            }
            if let route { return route }
        }
        var name = message.object.string(type) ?? ""
        if type.hasEscapes, let route = name.withUTF8({ pipeline.routes.find(UnsafeRawBufferPointer($0)) }) {
            return route
        }
        throw Rejection(.unknownType, "Unknown message type: \(name.prefix(64))")
    }

    /// Runs one handler; what it throws harms this message only.
    mutating func call(_ index: Int) throws(Rejection) -> Flow {
        context.handler = index
        do {
            return try pipeline.handlers[index].handle(&message, &context)
        } catch let rejection as Rejection {
            throw rejection
        } catch {
            log.error("\(pipeline.name(of: index)) failed: \(error)")
            throw Rejection(.internalError, "Internal error")
        }
    }

    mutating func handle(_ frame: Frame, _ slot: Int) {
        for index in pipeline.handlers.indices {
            context.handler = index
            do {
                try pipeline.handlers[index].handle(frame, &context)
            } catch {
                context.discardEffects()
                log.error("\(pipeline.name(of: index)) failed: \(error)")
            }
        }
        carryOut(for: slot)
        endThoseToClose()
    }

    // MARK: - Answers

    /// Tells the sender why not, once; one who keeps sending what is no request is closed with 1008.
    mutating func refuse(_ rejection: Rejection, _ ref: ByteBuffer, _ slot: Int) {
        context.discardEffects()
        trace?.refusal = rejection
        guard let connection = sessions[slot]?.connection else { return }
        if rejection.closing != nil { return end(connection, Closing(rejection), answering: ref) }
        sendError(rejection.content, ref: ref, to: connection)
        guard [.invalidMessage, .unknownType, .messageTooLarge].contains(rejection.code) else { return }
        let most = limits.maxBadMessages
        let count = sessions[slot]?.badMessages.add(now: context.time.milliseconds, within: 10_000, upTo: most) ?? 0
        if count >= most { end(connection, .badMessages(limit: most, actual: count)) }
    }

    /// P30: last of what the request caused to its sender.
    mutating func acknowledge(
        _ ref: JSONRaw, _ id: Int64?, at time: Int64? = nil, isPledged: Bool = false, _ slot: Int
    ) {
        guard let connection = sessions[slot]?.connection else { return }
        let time = time ?? context.time.unix
        withUnsafeTemporaryAllocation(byteCount: 32, alignment: 1) { memory in
            var content = ByteCursor(memory)
            content.put("{")
            if let id {
                content.put("\"id\":")
                content.put(id)
            }
            content.put("}")
            ref.withBytes { ref in
                reply(
                    OutgoingFrame(type: "ack", ref: ref, content: content.bytes, timestamp: time),
                    to: connection, isPledged: isPledged)
            }
        }
    }

    /// P31: what was sent with this key before is answered as it was then, and not posted again.
    private mutating func repeatAnswer(_ answer: RememberedKeys.Answer, _ ref: JSONRaw?, _ slot: Int) {
        let isPledged = isPledged(answer.id)
        if isPledged { pledgeRepeat(ref) }
        if let receiver = answer.receiver, let connection = sessions[slot]?.connection,
            let content = try? message.text("content")
        {
            let party = PartyText(id: receiver.id, name: receiver.name)
            content.withBytes { content in
                reply(
                    OutgoingFrame(
                        type: "private_message_sent", party: party.receiver, content: content,
                        timestamp: answer.timestamp, id: answer.id),
                    to: connection, isPledged: isPledged)
            }
            withExtendedLifetime(party) {}
        }
        if let ref { acknowledge(ref, answer.id, at: answer.timestamp, isPledged: isPledged, slot) }
    }
}
