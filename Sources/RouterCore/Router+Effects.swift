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
    func checkEffects(_ slot: Int) throws(Rejection) {
        for case .post in context.effects {
            guard let name = try message.string("room") else { return }
            guard let room = rooms.find(name) else { throw Rejection(.roomNotFound, "Room not found") }
            guard room == sessions[slot]?.room else { throw Rejection(.notInRoom, "You are not in this room") }
        }
    }

    /// Does what the handlers said, in the order in which they said it.
    ///
    /// - Returns: the post or private message, if there was one.
    @discardableResult
    mutating func carryOut(for slot: Int) -> Numbered? {
        guard sessions[slot] != nil else { return nil }
        var numbered: Numbered?
        for index in context.effects.indices {
            switch context.effects[index] {
            case .reply(let type, let content, let extra): reply(type, content, extra, slot)
            case .announce(let type, let content, let origin): announce(type, content, origin, slot)
            case .post(let type, let content): numbered = post(type, content, slot)
            case .privateMessage(let receiver, let content): numbered = sendPrivately(to: receiver, content, slot)
            case .rename(let name): rename(slot, to: name)
            case .frame(let frame): send(frame, slot)
            }
        }
        context.discardEffects()
        return numbered
    }

    // MARK: - One kind of effect each

    private mutating func reply(_ type: StaticString, _ content: Range<Int>, _ extra: Range<Int>?, _ slot: Int) {
        guard let connection = sessions[slot]?.connection else { return }
        var frame = OutgoingFrame(type: type, content: context.content(content), timestamp: context.time.unix)
        if let extra { frame.extra = context.content(extra) }
        reply(frame, to: connection)
    }

    private mutating func announce(_ type: StaticString, _ content: Range<Int>, _ origin: Origin, _ slot: Int) {
        guard let session = sessions[slot] else { return }
        let party: OutgoingFrame.Party =
            switch origin {
            case .sender: .init(id: session.id, name: session.name)
            case .system: .init(id: 0, name: Array("\"System\"".utf8))
            }
        let frame = OutgoingFrame(
            type: type, party: party, content: context.content(content), timestamp: context.time.unix)
        tick.post(frame, to: .everyone, except: session.connection)
    }

    private mutating func post(_ type: StaticString, _ content: Range<Int>, _ slot: Int) -> Numbered? {
        guard let session = sessions[slot] else { return nil }
        let id = ids.nextMessage()
        let frame = OutgoingFrame(
            type: type, party: .init(id: session.id, name: session.name), content: context.content(content),
            timestamp: context.time.unix, id: id, room: rooms.name(of: session.room))
        tick.post(frame, to: session.room, except: session.connection)
        return Numbered(id: id)
    }

    private mutating func sendPrivately(to receiver: User, _ content: Range<Int>, _ slot: Int) -> Numbered? {
        guard let session = sessions[slot], let other = sessions[receiver.slot], other.id == receiver.id else {
            return nil
        }
        let id = ids.nextMessage()
        var frame = OutgoingFrame(
            type: "private_message", party: .init(id: session.id, name: session.name),
            content: context.content(content), timestamp: context.time.unix, id: id)
        tick.reply(frame, to: other.connection)
        frame = OutgoingFrame(
            type: "private_message_sent", party: .init(isReceiver: true, id: other.id, name: other.name),
            content: frame.content, timestamp: frame.timestamp, id: frame.id)
        tick.reply(frame, to: session.connection)
        return Numbered(id: id, receiver: .init(id: other.id, name: other.name))
    }

    private mutating func rename(_ slot: Int, to name: String) {
        guard let session = sessions[slot] else { return }
        log.info(
            "\(context.sender.name) (User\(session.id)) from \(session.address) is now \(name), \(usersOnline) online")
        sessions[slot]?.name = JSONText.encode(name)
        context.users.rename(slot: slot, to: name)
    }

    private mutating func send(_ frame: Frame, _ slot: Int) {
        guard let connection = sessions[slot]?.connection else { return }
        tick.reply(frame.isText ? .text : .binary, frame.payload, to: connection)
    }

    // MARK: - Frames to one connection

    mutating func reply(_ frame: OutgoingFrame, to connection: Int) { tick.reply(frame, to: connection) }

    mutating func sendError(_ content: JSONMembers, ref: ByteBuffer = ByteBuffer(), to connection: Int) {
        var writer = JSONWriter(into: ByteBuffer())
        content.write(to: &writer)
        reply(
            OutgoingFrame(type: "error", ref: ref, content: writer.finish(), timestamp: context.time.unix),
            to: connection)
    }
}

extension Tick {
    mutating func post(_ frame: OutgoingFrame, to room: Room, except connection: Int) {
        let range = frame.write(into: &shared)
        events.append(.post(room: room, except: connection, range))
    }

    mutating func reply(_ frame: OutgoingFrame, to connection: Int) {
        let range = frame.write(into: &direct)
        events.append(.reply(to: connection, range))
    }

    mutating func reply(_ opcode: Opcode, _ payload: ByteBuffer, to connection: Int) {
        let start = direct.writerIndex
        direct.writeWebSocketFrame(opcode, payload: payload)
        events.append(.reply(to: connection, start..<direct.writerIndex))
    }

    /// Ready for the next turn. Storage is kept for it unless somebody still waits to send from it, or it grew large.
    mutating func clear() {
        events.removeAll(keepingCapacity: true)
        Self.clear(&shared)
        Self.clear(&direct)
    }

    private static func clear(_ buffer: inout ByteBuffer) {
        // With others still sending from it, a small one takes its place, or a few bytes would hold a large buffer each turn.
        if buffer.capacity > 1 << 20 { buffer = ByteBuffer() } else { buffer.clear(minimumCapacity: 4_096) }
    }
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
