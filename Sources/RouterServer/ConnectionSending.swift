import HandlerKit
import NIOCore
import RouterCore
import WebSocketWire

/// How bytes get to the client: straight into its socket as long as that takes them, and through the outbox otherwise.
extension Connection {
    /// What is to be done once everything is sent.
    enum AfterSending { case nothing, close, closeOutput }

    /// Most bytes that are left to the channel when the socket takes no more: as few as make it tell when it does, for they
    /// are a copy.
    private static let mostInChannel = 1_024
    /// Most bytes handed to a channel without a socket of ours at a time.
    private static let mostAtOnce = 64 << 10

    private var canSend: Bool { phase != .closing && phase != .ended && !outbox.isOverrun && context != nil }

    /// Whether something waits to be sent, so that everything else has to wait behind it.
    var isBehind: Bool { isBlocked || !outbox.isEmpty }

    private var isBlocked: Bool { bytesInChannel > 0 }

    // MARK: - What a turn has for this client

    /// Sends at once what the socket takes; must not be called while the client is behind.
    ///
    /// - Returns: how many bytes need not be kept: those taken, or all, when the client is to get nothing more.
    func deliver(_ bytes: ByteBuffer) -> Int {
        guard canSend, let context else { return bytes.readableBytes }
        guard let socket else {
            leave(bytes, to: context)
            return bytes.readableBytes
        }
        switch bytes.withUnsafeReadableBytes(socket.send) {
        case .took(let count): return count
        case .broken:
            lose()
            return bytes.readableBytes
        }
    }

    /// Has bytes wait their turn.
    ///
    /// - Returns: false when that would be more than may wait; then the client gets nothing of it, or of what follows.
    func keep(_ bytes: ByteBuffer) -> Bool {
        guard canSend else { return true }
        guard hasRoom(for: bytes.readableBytes) else { return false }
        outbox.add(bytes)
        sendWaiting()
        return true
    }

    func keep(_ span: SharedLog.Span) -> Bool {
        guard canSend else { return true }
        guard hasRoom(for: span.count) else { return false }
        outbox.add(span, follows: true)
        sendWaiting()
        return true
    }

    /// How much more may wait.
    func room() -> Int {
        outbox.takeInLog()
        return loop.bounds.outboxBytes - bytesInChannel - outbox.bytes
    }

    /// The client gets nothing more.
    func overrun() {
        outbox.stopFollowing()
        outbox.isOverrun = true
    }

    /// What comes at once may be more than an outbox holds; what waits already, and this, may not.
    private func hasRoom(for count: Int) -> Bool {
        guard isBlocked, count > room() else { return true }
        overrun()
        return false
    }

    // MARK: - What waits

    /// Sends what waits, as far as the socket takes it.
    func sendWaiting() {
        guard !isSending, !isBlocked, let context, isBehind || afterSending != .nothing else { return }
        isSending = true
        while !isBlocked, outbox.hasMore(), self.context != nil { sendFront(context) }
        isSending = false
        guard self.context != nil else { return }
        if !isBehind { noteSent(context) }
    }

    private func sendFront(_ context: ChannelHandlerContext) {
        guard let socket else { return leave(outbox.take(upTo: Self.mostAtOnce), to: context) }
        switch outbox.withFront({ (front: UnsafeRawBufferPointer) in (socket.send(front), front.count) }) {
        case (.took(let count), let length):
            outbox.drop(count)
            if count < length { leave(outbox.take(upTo: Self.mostInChannel), to: context) }
        case (.broken, _): lose()
        }
    }

    /// The socket takes nothing any more.
    private func lose() {
        socket = nil
        outbox.removeAll()
        cut()
    }

    /// The channel sends it, now or as soon as the socket takes more.
    private func leave(_ bytes: ByteBuffer, to context: ChannelHandlerContext) {
        let count = bytes.readableBytes
        bytesInChannel += count
        // Not by whether the channel is writable: it still says so with a single byte in it.
        // Nothing more happens when it fails: then the socket is closed already, and its number perhaps another's.
        context.writeAndFlush(wrapOutboundOut(bytes)).assumeIsolated().whenSuccess { self.noteTaken(count) }
        if isBlocked { noteStalled() }
    }

    /// The socket has taken what was left to the channel.
    private func noteTaken(_ count: Int) {
        bytesInChannel -= count
        guard !isBlocked, !isSending, let context else { return }
        if stalledSince != nil { stalledSince = loop.now }
        if isBehind { sendWaiting() } else { noteSent(context) }
    }

    private func noteStalled() {
        guard stalledSince == nil, phase != .handshake, phase != .closing, phase != .ended else { return }
        stalledSince = loop.now
        wake()
    }

    private func noteSent(_ context: ChannelHandlerContext) {
        if stalledSince != nil {
            stalledSince = nil
            // A pong may be among what was not read: the client has its time from here on.
            putOffMessage()
            if pongDue != nil { pongDue = loop.now + loop.bounds.pong }
            wake()
        }
        switch afterSending {
        case .nothing: break
        case .close: context.close(promise: nil)
        case .closeOutput: context.close(mode: .output, promise: nil)
        }
        afterSending = .nothing
        guard self.context != nil else { return }
        noteCaughtUp()
        readIfDue()
    }

    /// The turn in which it came is over: the answer to its handshake waits no longer.
    func greet() {
        isGreeting = false
        sendWaiting()
    }

    // MARK: - Ending

    /// The router ends the connection: our close frame, and then the client's turn.
    func close(_ closing: Closing) {
        guard context != nil, phase == .open || phase == .answering || phase == .failed else { return }
        // Whatever it is closed for, it has to know that it did not get everything.
        let closing = outbox.isOverrun ? Closing.slowReader : closing
        let (isLast, hasFailed) = (phase == .answering, phase == .failed)
        reason = "closed with \(closing.code.rawValue)"
        enter(hasFailed ? .ended : .closing)
        // RFC 6455, 7.1.7: after a failure what comes is not looked at; the end of our side tells the client.
        sendLast(
            FrameEncoder.close(closing.code, reason: closing.message),
            then: isLast ? .close : hasFailed ? .closeOutput : .nothing)
        loop.letGoOn(self)  // up to the client's close frame
    }

    func sendLast(_ bytes: ByteBuffer, then: AfterSending) {
        outbox.add(bytes)
        afterSending = then
        sendWaiting()
    }

    func cut() { context?.close(promise: nil) }

    /// The client has said its last word, but may still be reading.
    func cutWhenSent() {
        if isBehind { afterSending = .close } else { cut() }
    }

    /// The server stops. Whoever is a user, the router closes.
    func stop() {
        if phase == .handshake { cut() }
    }

    /// The server ends without the router. Nobody's answer is waited for.
    func giveUp() {
        let closing = Closing.shuttingDown
        if phase == .open, !isGreeting, !outbox.isOverrun {
            sendLast(FrameEncoder.close(closing.code, reason: closing.message), then: .close)
        }
        cut()
    }
}
