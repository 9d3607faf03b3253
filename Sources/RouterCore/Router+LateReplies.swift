import HandlerKit
import JSONWire
import Logging
import NIOCore

/// What a handler tells a user as soon as it is there.
struct LateReply {
    let type: StaticString
    let content: @Sendable () async throws -> JSONRaw?
    /// As JSON.
    let extra: ByteBuffer
    /// The place of the handler in the pipeline.
    let handler: Int
}

/// What a session's client is to be told in this order, before anything that it sends is handled.
enum Untold {
    case reply(LateReply)
    /// P30: behind all that the request has caused.
    case ack(JSONRaw, id: Int64?)
}

// What comes late is waited for by the session, one after the other; its next messages wait behind that.
extension Router {
    mutating func tellLater(_ reply: LateReply, _ slot: Int) {
        guard let session = session(slot) else { return }
        session.untold.append(.reply(reply))
        // Behind a message that waits it is told when that is done.
        goOnTelling(slot, session.id)
    }

    /// Tells what comes next, until something has to be waited for.
    mutating func goOnTelling(_ slot: Int, _ id: Int64) {
        guard let session = sessions[slot], session.id == id else { return }
        while session.waiting == nil, !session.untold.isEmpty {
            switch session.untold.removeFirst() {
            case .ack(let ref, let id): acknowledge(ref, id, slot)
            case .reply(let reply):
                guard runningWork < limits.maxBackgroundWork else {
                    sendError(Rejection.tryLater.content, to: session.connection)
                    continue
                }
                wait(for: { try await reply.content() }, .reply(reply), session, slot)
            }
        }
    }

    /// Acknowledges a request, behind what it has caused to come late.
    mutating func answer(_ ref: JSONRaw, _ id: Int64?, isPledged: Bool, _ slot: Int) {
        guard !isPledged, let session = sessions[slot], session.owesReply else {
            return acknowledge(ref, id, isPledged: isPledged, slot)
        }
        session.untold.append(.ack(JSONRaw(verbatim: ByteBuffer(bytes: ref.text.readableBytesView)), id: id))
    }

    /// What was to be told is there, or will not be.
    mutating func tell(
        _ reply: LateReply, _ outcome: Result<any Sendable, any Error>, _ slot: Int
    ) {
        guard let connection = sessions[slot]?.connection, connection >= 0 else { return }
        let before = tick.replyBytes
        switch outcome {
        case .success(let content):
            if let content = content as? JSONRaw { share(reply.type, content.text, reply.extra, to: connection) }
        case .failure(let rejection as Rejection): refuse(rejection, ByteBuffer(), slot)
        case .failure(let error):
            log.error("\(pipeline.name(of: reply.handler)) failed: \(error)")
            refuse(Rejection(.internalError, "Internal error"), ByteBuffer(), slot)
        }
        noteCaused(before, slot)
    }

    private mutating func share(_ type: StaticString, _ content: ByteBuffer, _ extra: ByteBuffer, to connection: Int) {
        content.withUnsafeReadableBytes { bytes in
            extra.withUnsafeReadableBytes { extra in
                var frame = OutgoingFrame(type: type, content: bytes, timestamp: context.time.unix)
                frame.extra = extra
                tick.reply(frame, around: content, to: connection)
            }
        }
    }
}

extension Rejection {
    /// There is too much to be waited for, or it takes too long.
    static let tryLater = Rejection(.unavailable, "Try again later", retryAfterMilliseconds: 1_000)
}
