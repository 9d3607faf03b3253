import HandlerKit
import Logging
import NIOCore
import RouterCore
import WebSocketWire

/// One client's socket: its handshake, its frames, its timeouts and its end.
package final class Connection: ChannelDuplexHandler {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    enum Phase {
        /// Nothing but a request head may come.
        case handshake
        case open
        /// The client's close frame came; the turn's end brings our answer.
        case answering
        /// What came is against RFC 6455; the turn's end brings our close frame.
        case failed
        /// Our close frame is sent; of what still comes only the answer to it counts.
        case closing
        /// Our last byte is sent, and what still comes is thrown away: it is for the client to hang up.
        case ended
    }

    let loop: RouterLoop
    var context: ChannelHandlerContext?
    var phase = Phase.handshake
    private(set) var number = -1
    private(set) var address: String
    private var parser: RequestHeadParser
    private var decoder: FrameDecoder
    /// The start of a frame or request head whose rest has not come yet.
    private var unread = ByteBuffer()
    var outbox = Outbox()
    /// A read that waits until the outbox has room.
    private var isReadDue = false
    private var caused = Caused()
    /// As many of its messages wait in a handler as may: nothing is read until one of them is through.
    private(set) var isBlocked = false
    private var isHeld: Bool { caused.isHeld || isBlocked }
    /// The client sends nothing more, but still reads.
    private var isInputClosed = false
    /// When the phase ends by itself: handshakes and closes that take too long.
    var phaseEnds: Int64
    var lastHeard: Int64
    var pongDue: Int64?
    /// When the loop is going to have us look at the time.
    var wakesAt: Int64?
    /// Why the connection ended, for the log.
    private var reason = "connection lost"

    /// - Parameter address: of the client; found out from the channel when nil.
    package init(_ loop: RouterLoop, address: String? = nil) {
        self.loop = loop
        self.address = address ?? ""
        parser = RequestHeadParser(limits: loop.options.headLimits)
        decoder = FrameDecoder(limits: loop.options.frameLimits)
        lastHeard = loop.now
        phaseEnds = lastHeard + Int64(loop.options.timeouts.handshake.milliseconds)
    }

    // MARK: - The channel's life

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { begin(context) }
    }

    package func channelActive(context: ChannelHandlerContext) { begin(context) }

    private func begin(_ context: ChannelHandlerContext) {
        guard number < 0 else { return }
        number = loop.connections.add(self)
        if address.isEmpty { address = context.remoteAddress?.hostAndPort ?? "unknown" }
        let limit = loop.options.limits.maxHandshakes
        if loop.connections.count - loop.usersOnline > limit {
            loop.options.log.debug("\(address) cut: \(limit) connections are no users (limits.max_handshakes)")
            return cut()
        }
        wake()
    }

    package func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        if number >= 0 { loop.ended(number, because: reason) }
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        loop.options.log.debug("\(address): \(error)")
        context.close(promise: nil)
    }

    // MARK: - Reading

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastHeard = loop.now
        pongDue = nil
        var input = unwrapInboundIn(data)
        // Held, it still gets what NIO reads up to the end of the client's side.
        if isHeld, unread.readableBytes > 0 { return _ = unread.writeBuffer(&input) }
        if unread.readableBytes > 0 {
            unread.writeBuffer(&input)
            swap(&unread, &input)
        }
        readAll(&input)
    }

    private func readAll(_ input: inout ByteBuffer) {
        if !isHeld { read(&input) }
        // A copy of its own, so that a few bytes do not hold the whole read buffer.
        let isMost = input.readableBytes > input.storageCapacity / 2
        unread = isMost ? input : ByteBuffer(bytes: input.readableBytesView)
        if isInputClosed, !isHeld { finish() }
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event as? ChannelEvent == .inputClosed else { return context.fireUserInboundEventTriggered(event) }
        isInputClosed = true
        if !isHeld { finish() }
    }

    /// The client has sent all that it will: it gets what it asked for, and then the connection ends.
    private func finish() {
        switch phase {
        case .open: endByClient(nil)
        case .answering, .failed: break  // the end of the turn closes it
        case .handshake, .closing, .ended: cut()
        }
    }

    private func endByClient(_ code: CloseCode?) {
        reason = "closed by the client"
        enter(.answering)
        loop.withRouter { $0.closedByClient(number, code) }
    }

    package func channelReadComplete(context: ChannelHandlerContext) { context.flush() }

    private func read(_ input: inout ByteBuffer) {
        if phase == .handshake { readHead(&input) }
        if phase == .open || phase == .closing { readFrames(&input) }
        if phase == .answering || phase == .failed || phase == .ended { input.clear() }
    }

    private func readHead(_ input: inout ByteBuffer) {
        do throws(HTTPFault) {
            if let head = try parser.next(&input) { answer(head) }
        } catch {
            refuse(HTTPResponse(error))
        }
    }

    private func readFrames(_ input: inout ByteBuffer) {
        do throws(WebSocketFault) {
            while !isHeld, phase == .open || phase == .closing, let event = try decoder.next(&input) {
                handle(event)
            }
        } catch {
            fail(error)
        }
    }

    private func handle(_ event: WebSocketEvent) {
        if phase == .closing {
            if case .close = event { context?.close(promise: nil) }
            return
        }
        switch event {
        case .text(let text): hand { $0.received(text, from: number) }
        case .binary(let bytes): hand { $0.receivedBinary(bytes, from: number) }
        case .tooLarge(let opcode, _): hand { $0.receivedTooLarge(isText: opcode == .text, from: number) }
        case .ping(let payload): context?.write(wrapOutboundOut(FrameEncoder.frame(.pong, payload)), promise: nil)
        case .pong: break
        case .close(let code, _): endByClient(code)
        }
    }

    /// Hands a message to the router. When the answers to this connection's messages come to much in one turn, its next
    /// message waits until the turn has ended and the client has taken them.
    private func hand(_ message: (inout Router) -> Void) {
        let before = loop.replyBytes
        loop.withRouter(message)
        if caused.add(loop.replyBytes - before, in: loop.turn) { loop.hold(self) }
        if loop.isFull(number) { isBlocked = true }
    }

    /// What held this connection may be over: the turn in which it caused much, or a message that waited.
    func goOn() {
        guard isHeld, let context, context.channel.isWritable, !loop.isFull(number) else { return }
        caused = Caused()
        if isBlocked {
            isBlocked = false
            (lastHeard, pongDue) = (loop.now, nil)  // its pong could not be read meanwhile
            wake()
        }
        var input = unread
        unread = ByteBuffer()
        readAll(&input)
        context.flush()
        readIfDue(context)
    }

    private func fail(_ fault: WebSocketFault) {
        guard phase == .open else { return cut() }
        enter(.failed)
        loop.withRouter { $0.drop(number, Closing(fault)) }
    }

    // MARK: - Writing

    /// Sends what a turn has for this client.
    ///
    /// - Returns: false when its outbox is full; then nothing was sent.
    func deliver(_ bytes: ByteBuffer) -> Bool {
        guard let context, phase != .closing, phase != .ended, !outbox.isOverrun else { return true }
        guard
            context.channel.isWritable || waitingBytes + bytes.readableBytes <= loop.options.limits.maxOutboxBytes.bytes
        else {
            outbox.isOverrun = true
            return false
        }
        outbox.handedOver += bytes.readableBytes
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        return true
    }

    /// Bytes handed to the channel that the socket has not taken.
    var waitingBytes: Int {
        let option = ChannelOptions.bufferedWritableBytes
        return (try? context?.channel.syncOptions?.getOption(option)) ?? 0
    }

    /// The router ends the connection: our close frame, and then the client's turn.
    func close(_ closing: Closing) {
        guard let context, phase == .open || phase == .answering || phase == .failed else { return }
        let isLast = phase == .answering
        let hasFailed = phase == .failed
        reason = "closed with \(closing.code.rawValue)"
        enter(hasFailed ? .ended : .closing)
        let frame = wrapOutboundOut(FrameEncoder.close(closing.code, reason: closing.message))
        if isLast {
            context.writeAndFlush(frame).assumeIsolated().whenComplete { _ in context.close(promise: nil) }
        } else {
            context.writeAndFlush(frame, promise: nil)
            // RFC 6455, 7.1.7: after a failure what comes is not looked at; the end of our side tells the client.
            if hasFailed { context.close(mode: .output, promise: nil) }
        }
    }

    func cut() { context?.close(promise: nil) }

    /// The server stops. Whoever is a user, the router closes.
    func stop() {
        if phase == .handshake { cut() }
    }

    func enter(_ next: Phase) {
        phase = next
        phaseEnds = loop.now + Int64(loop.options.timeouts.close.milliseconds)
        wake()
    }

    // MARK: - Backpressure

    /// Reading pauses while the client does not take what it already caused.
    package func read(context: ChannelHandlerContext) {
        if (context.channel.isWritable && !isHeld) || phase == .closing || phase == .ended {
            context.read()
        } else {
            isReadDue = true
        }
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        outbox.stalledSince = context.channel.isWritable ? nil : loop.now
        outbox.takenBefore = outbox.handedOver - waitingBytes
        // A pong may be among what was not read: the client has its time from here on.
        if context.channel.isWritable, pongDue != nil {
            pongDue = loop.now + Int64(loop.options.timeouts.pong.milliseconds)
        }
        wake()
        goOn()
        readIfDue(context)
    }

    private func readIfDue(_ context: ChannelHandlerContext) {
        guard context.channel.isWritable, !isHeld, isReadDue else { return }
        isReadDue = false
        context.read()
    }
}

extension SocketAddress {
    var hostAndPort: String {
        guard let ipAddress, let port else { return pathname ?? "unknown" }
        return ipAddress.contains(":") ? "[\(ipAddress)]:\(port)" : "\(ipAddress):\(port)"
    }
}
