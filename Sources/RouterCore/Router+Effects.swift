import HandlerKit
import JSONWire
import Logging
import NIOCore
import WebSocketWire

/// What a message led to that carries an id of its own (P33).
struct Numbered {
    let id: Int64
    /// For private messages: whom the receipt names.
    var receiver: RememberedKeys.Receiver?
}

extension Router {
    /// What an effect may not do is refused before any of the message's effects is carried out.
    ///
    /// - Returns: the room that the message is for.
    func checkEffects() throws(Rejection) -> Int? {
        for index in context.effects.indices {
            // Two questions, as a `switch` would copy every effect.
            if case .post(_, _, .whole) = context.effects[index] { return try context.roomNumber(of: message) }
            if case .privateMessage(_, let place) = context.effects[index] { try checkDelivery(to: place) }
        }
        return nil
    }

    private func checkDelivery(to place: User.Place) throws(Rejection) {
        guard ids.hasMessage else { throw .notSaved }
        if !keepsPrivateMessages && session(at: place)?.connection == -1 {
            throw Rejection(.userNotFound, "User not found or offline")  // P46: it would be lost
        }
    }

    /// Does what the handlers said, in the order in which they said it; what they say of it joins the end of the list.
    ///
    /// - Parameters:
    ///   - slot: the sender's session; nobody's for the system.
    ///   - room: where posts go that name none; the room that the sender joined last when nil.
    /// - Returns: the post or private message, if there was one.
    @discardableResult
    mutating func carryOut(for slot: Int, _ room: Int? = nil, hasKey: Bool = false) -> Numbered? {
        var numbered: Numbered?
        let own = context.effects.count
        var next = 0
        while next < context.effects.count {
            guard next < own + Self.mostAnswers else {
                log.error(
                    "\(pipeline.name(of: context.handler)) and others answer what they cause, without end: stopped")
                break
            }
            switch context.effects[next] {
            case .announce(_, _, _, _, .unknown(let room), _), .post(_, _, .unknown(let room)),
                .join(.unknown(let room), _), .leave(.unknown(let room)):
                log.error("a handler names the room \"\(room)\", which there is not")
            case .send(let type, let content, let extra, let place): send(type, content, extra, to: place)
            case .share(let type, let content, let extra, let place): share(type, content, extra, to: place)
            case .tellLater(let type, let content, let extra, let handler):
                let extra = ByteBuffer(bytes: context.bytes(extra))
                tellLater(LateReply(type: type, content: content, extra: extra, handler: handler), slot)
            case .announce(let type, let content, let extra, let origin, let scope, let isDroppable):
                announce(type, content, extra, origin, scope, slot, isDroppable: isDroppable)
            case .post(let type, let content, let scope):
                let post = post(type, content, scope.number ?? room, slot)
                if next < own { numbered = post ?? numbered }
            case .privateMessage(let content, let place):
                let message = sendPrivately(content, to: place, hasKey: hasKey && next < own, slot)
                if next < own { numbered = message ?? numbered }
            case .rename(let name): rename(slot, to: name)
            case .join(let scope, let staying): if let room = scope.number { join(room, staying: staying, slot) }
            case .leave(let scope): if let room = scope.number { leave(room, slot) }
            case .close(let place, let rejection): closings.append((place, rejection))
            case .wake(let delay, let handler): setWake(slot, after: delay, for: handler)
            case .frame(let frame): send(frame, slot)
            }
            next += 1
        }
        context.discardEffects()
        noteShown(slot)
        return numbered
    }

    /// Most effects that hooks may add to those of a message.
    static var mostAnswers: Int { 1_000 }

    func session(_ slot: Int) -> Session? { sessions.indices.contains(slot) ? sessions[slot] : nil }

    func session(at place: User.Place) -> Session? {
        session(place.slot).flatMap { $0.id == place.id ? $0 : nil }
    }

    // MARK: - One kind of effect each

    private mutating func send(
        _ type: StaticString, _ content: Range<Int>, _ extra: Range<Int>?, to place: User.Place
    ) {
        guard let connection = session(at: place)?.connection else { return }
        var frame = OutgoingFrame(type: type, content: context.bytes(content), timestamp: context.time.unix)
        if let extra { frame.extra = context.bytes(extra) }
        reply(frame, to: connection)
    }

    /// A frame whose content many get.
    private mutating func share(
        _ type: StaticString, _ content: ByteBuffer, _ extra: Range<Int>?, to place: User.Place
    ) {
        guard let connection = session(at: place)?.connection else { return }
        content.withUnsafeReadableBytes { bytes in
            var frame = OutgoingFrame(type: type, content: bytes, timestamp: context.time.unix)
            if let extra { frame.extra = context.bytes(extra) }
            tick.reply(frame, around: content, to: connection)
        }
    }

    private mutating func announce(
        _ type: StaticString, _ content: Range<Int>, _ extra: Range<Int>?, _ origin: Origin, _ scope: Scope,
        _ slot: Int, isDroppable: Bool
    ) {
        let session = session(slot)
        var frame = OutgoingFrame(
            type: type, party: party(origin == .sender ? session : nil), content: context.bytes(content),
            timestamp: context.time.unix)
        if let extra { frame.extra = context.bytes(extra) }
        tick.post(
            frame, to: scope.number.map(Room.init(configured:)) ?? .everyone, except: session?.connection ?? -1,
            isDroppable: isDroppable)
    }

    private func party(_ session: Session?) -> OutgoingFrame.Party {
        session?.party.sender ?? PartyText.system.sender
    }

    private mutating func post(_ type: StaticString, _ content: Range<Int>, _ room: Int?, _ slot: Int) -> Numbered? {
        let session = session(slot)
        let room = room ?? context.rooms.numbers(joinedBy: context.sender).last ?? 0
        let id = ids.nextMessage()
        let frame = OutgoingFrame(
            type: type, party: party(session), content: context.bytes(content), timestamp: context.time.unix,
            timestampDigits: nowDigits, id: id, room: roomNames[room])
        let isPledged = enter(frame, type, .room(room), hasKey: false)
        tick.post(frame, to: Room(configured: room), except: session?.connection ?? -1, isPledged: isPledged)
        windows.append(frame, to: room)
        if !pipeline.postWatchers.isEmpty {
            tellWatchers(
                Post(
                    id: id, type: type, room: context.rooms.names[room],
                    content: JSONRaw(verbatim: context.contents, at: content)))
        }
        return Numbered(id: id)
    }

    private mutating func tellWatchers(_ post: Post) {
        for index in pipeline.postWatchers {
            context.handler = index
            let before = context.effects.count
            pipeline.handlers[index].posted(post, &context)
            note("posted", index, effectsFrom: before)
        }
    }

    private mutating func sendPrivately(
        _ content: Range<Int>, to place: User.Place, hasKey: Bool, _ slot: Int
    ) -> Numbered? {
        guard let session = session(slot), let other = self.session(at: place) else { return nil }
        let id = ids.nextMessage()
        var frame = OutgoingFrame(
            type: "private_message", party: session.party.sender, content: context.bytes(content),
            timestamp: context.time.unix, timestampDigits: nowDigits, id: id)
        let isPledged = enter(frame, "private_message", .user(other.id, name: other.name), hasKey: hasKey)
        tick.reply(frame, to: other.connection, isPledged: isPledged)
        if let resumption = other.resumption {
            noteSent(id, to: resumption, isPledged: isPledged)
        }
        frame = OutgoingFrame(
            type: "private_message_sent", party: other.party.receiver, content: frame.content,
            timestamp: frame.timestamp, timestampDigits: nowDigits, id: frame.id)
        tick.reply(frame, to: session.connection, isPledged: isPledged)
        return Numbered(id: id, receiver: .init(id: other.id, name: other.name))
    }

    /// A private message may have to be sent again, or is lost with the connection.
    private mutating func noteSent(_ id: Int64, to receiver: Resumption, isPledged: Bool) {
        if keepsPrivateMessages {
            receiver.newestPrivate = id
        } else {
            if isPledged { commitment?.unkept.append((receiver, id, receiver.lost)) }
            receiver.noteLost(id)
            resumptions.noteChange(of: receiver)
        }
    }

    private mutating func rename(_ slot: Int, to name: String) {
        guard let session = session(slot) else { return }
        // Users may do it all day, and as often as a limit lets them.
        log.debug("\(logged(context.sender.name)) (User\(session.id)) from \(session.address) is now \(logged(name))")
        sessions[slot]?.name = JSONText.encode(name)
        context.users.rename(slot: slot, to: name)
        context.sender.name = name
        guard let resumption = session.resumption else { return }
        resumption.name = name
        resumptions.noteChange(of: resumption)
    }

    private mutating func send(_ frame: Frame, _ slot: Int) {
        guard let connection = session(slot)?.connection else { return }
        tick.reply(frame.isText ? .text : .binary, frame.payload, to: connection)
    }

    /// Carries out what `Context.close` asked for, behind all else: whoever is closed leaves, and others are told.
    mutating func endThoseToClose() {
        var next = 0
        while next < closings.count {  // one who leaves may have others closed
            let (place, rejection) = closings[next]
            if session(at: place) != nil { endAlone(place.slot, Closing(rejection)) }
            next += 1
        }
        if next > 0 { closings.removeAll() }
    }

    // MARK: - Frames to one connection

    mutating func reply(_ frame: OutgoingFrame, to connection: Int, isPledged: Bool = false) {
        tick.reply(frame, to: connection, isPledged: isPledged)
    }

    mutating func sendError(_ content: JSONMembers, ref: ByteBuffer = ByteBuffer(), to connection: Int) {
        Self.withError(content, ref: ref, at: context.time.unix) { reply($0, to: connection) }
    }

    static func withError(_ content: JSONMembers, ref: ByteBuffer, at time: Int64, _ body: (OutgoingFrame) -> Void) {
        var text = ByteBuffer()
        content.write(behind: &text)
        ref.withUnsafeReadableBytes { ref in
            text.withUnsafeReadableBytes { text in
                body(OutgoingFrame(type: "error", ref: ref, content: text, timestamp: time))
            }
        }
    }
}

extension Scope {
    var number: Int? { if case .room(let number) = self { number } else { nil } }
}

// MARK: - The content of `error` frames (P32, P49)

extension Rejection {
    var content: JSONMembers {
        errorContent(message, code, close: nil, retryAfter: retryAfterMilliseconds, nil)
    }
}

extension Closing {
    var content: JSONMembers {
        errorContent(message, error, close: code.rawValue, retryAfter: retryAfterMilliseconds, exceeded)
    }
}

private func errorContent(
    _ message: String, _ code: ErrorCode, close: UInt16?, retryAfter: Int?, _ exceeded: Rejection.Exceeded?
) -> JSONMembers {
    var content: JSONMembers = ["message": message, "code": code.rawValue]
    if let close { content.append(["close": Int(close)]) }
    if let retryAfter { content.append(["retry_after_ms": retryAfter]) }
    if let exceeded { content.append(["limit": exceeded.limit, "actual": exceeded.actual]) }
    return content
}
