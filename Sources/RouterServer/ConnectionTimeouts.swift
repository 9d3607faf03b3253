import HandlerKit
import NIOCore
import RouterCore
import WebSocketWire

/// What time does to a connection. Everything is decided when the loop has it look at the clock; nothing is cancelled.
extension Connection {
    /// Has the loop wake this connection when the next of its timeouts is due.
    func wake() {
        let due = nextTimeout
        guard due < .max else { return }
        if let wakesAt, wakesAt <= due { return }
        wakesAt = due
        loop.wake(number, at: due)
    }

    private var nextTimeout: Int64 {
        switch phase {
        case .open:
            // Reading is paused while the client is behind: no pong could be seen, so none is waited for.
            if let since = stalledSince { return since + loop.bounds.writeStall }
            if isHeld { return .max }
            return min(messageDue ?? .max, pongDue ?? lastHeard + loop.bounds.ping)
        // The router answers, perhaps only when a handler no longer waits, or the client has taken what it caused.
        case .answering, .failed: return stalledSince.map { $0 + loop.bounds.writeStall } ?? .max
        case .handshake, .closing, .ended: return phaseEnds
        }
    }

    /// - Parameter now: by the router's clock. May be too early, when the number was another connection's.
    func check(_ now: Int64) {
        guard let due = wakesAt, due <= now else { return }
        wakesAt = nil
        guard nextTimeout <= now else { return wake() }
        switch phase {
        case .handshake: giveUpHandshake()
        case .open: checkOpen(now)
        case .answering, .failed, .closing, .ended: cut()
        }
        if context != nil { wake() }
    }

    private func giveUpHandshake() {
        refuse(HTTPResponse(HTTPFault(status: .requestTimeout, reason: "The request head took too long")))
    }

    private func checkOpen(_ now: Int64) {
        if stalledSince != nil {
            drop(.slowReader, now)
        } else if let messageDue, messageDue <= now {
            if loop.isFull(for: self) { putOffMessage() } else { drop(.slowMessage, now) }
        } else if pongDue != nil, loop.isFull(for: self) {
            pongDue = now + loop.bounds.pong  // it may be among what we do not read
        } else if pongDue != nil {
            drop(.noPong, now)
        } else {
            pongDue = now + loop.bounds.pong
            awaitsPong = true
            outbox.add(FrameEncoder.frame(.ping, ByteBuffer()))
            sendWaiting()
        }
    }

    /// - Parameters:
    ///   - isBegun: whether something has begun to come that is not whole.
    ///   - isNew: whether something else was whole before it.
    func noteMessage(isBegun: Bool, isNew: Bool) {
        guard isBegun else { return messageDue = nil }
        guard isNew || messageDue == nil else { return }
        messageDue = lastHeard + loop.bounds.message
        wake()
    }

    /// What has begun could not be read until now.
    func putOffMessage() {
        if messageDue != nil { messageDue = loop.now + loop.bounds.message }
    }

    /// The router closes it at the end of the turn; until then nothing more is due, or it would be dropped again.
    private func drop(_ closing: Closing, _ now: Int64) {
        stalledSince = nil
        pongDue = nil
        messageDue = nil
        lastHeard = now
        loop.hand(.failed(number, closing))
    }
}
