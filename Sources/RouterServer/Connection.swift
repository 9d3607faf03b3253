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
        /// The client's close frame came; the router brings our answer.
        case answering
        /// What came is against RFC 6455; the router brings our close frame.
        case failed
        /// Our close frame is sent; of what still comes only the answer to it counts.
        case closing
        /// Our last byte is sent, and what still comes is thrown away: it is for the client to hang up.
        case ended
    }

    let loop: IOLoop
    var context: ChannelHandlerContext?
    private(set) var phase = Phase.handshake
    private(set) var number = -1
    private(set) var address: String
    private var parser: RequestHeadParser
    /// nil while it is in use.
    private var decoder: FrameDecoder?
    /// The start of a frame or request head whose rest has not come yet.
    private var unread = ByteBuffer()
    /// A read that waits until the client has taken what it was sent, or the router what it sent.
    var isReadDue = false
    /// The router wants nothing more of it to be read; `isCatchingUp` until the router knows that it has taken everything.
    private(set) var isHeld = false
    private var isCatchingUp = false
    /// The client sends nothing more, but still reads.
    private var isInputClosed = false

    // What is to be sent: ConnectionSending.swift.
    var outbox = Outbox()
    /// The answer to the handshake waits for what the router has to say to who comes.
    var isGreeting = false
    var socket: DirectSocket?
    /// What the channel has that the socket has not taken; it says when it has.
    var bytesInChannel = 0
    var isSending = false
    var afterSending = AfterSending.nothing
    /// Since when the client has taken nothing of what waits for it.
    var stalledSince: Int64?

    // Times: ConnectionTimeouts.swift.
    /// When the phase ends by itself: handshakes and closes that take too long.
    var phaseEnds: Int64
    var lastHeard: Int64
    var pongDue: Int64?
    /// When the loop is going to have us look at the time.
    var wakesAt: Int64?
    /// Why the connection ended, for the log.
    var reason = "connection lost"

    /// - Parameter address: of the client; found out from the channel when nil.
    package init(_ loop: IOLoop, address: String? = nil) {
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
        socket = DirectSocket(of: context)
        if address.isEmpty { address = context.remoteAddress?.hostAndPort ?? "unknown" }
        let limit = loop.options.limits.maxHandshakes
        if loop.strangers.add(1) > limit {
            loop.options.log.debug("\(address) cut: \(limit) connections are no users (limits.max_handshakes)")
            return cut()
        }
        wake()
    }

    package func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        socket = nil
        outbox.removeAll()
        guard number >= 0 else { return }
        if phase != .open { _ = loop.strangers.add(-1) }
        loop.ended(number, because: reason)
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        loop.options.log.debug("\(address): \(error)")
        context.close(promise: nil)
    }

    /// - Parameter next: has `timeouts.close` to come to its end, unless it is `open`.
    func enter(_ next: Phase) {
        if phase == .open, next != .open { _ = loop.strangers.add(1) }
        if phase != .open, next == .open { _ = loop.strangers.add(-1) }
        phase = next
        phaseEnds = loop.now + Int64(loop.options.timeouts.close.milliseconds)
        wake()
    }

    // MARK: - Reading

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastHeard = loop.now
        pongDue = nil
        var input = unwrapInboundIn(data)
        // Held, it still gets what NIO reads up to the end of the client's side.
        if isWaiting, unread.readableBytes > 0 { return _ = unread.writeBuffer(&input) }
        if unread.readableBytes > 0 {
            unread.writeBuffer(&input)
            swap(&unread, &input)
        }
        readAll(&input)
    }

    /// Whether what the client sends has to wait: for the client itself, or for the router.
    private var isWaiting: Bool { isHeld || loop.isFull }

    private func readAll(_ input: inout ByteBuffer) {
        if !isWaiting { read(&input) }
        // A copy of its own, so that a few bytes do not hold the whole read buffer.
        let isMost = input.readableBytes > input.storageCapacity / 2
        unread = isMost ? input : ByteBuffer(bytes: input.readableBytesView)
        if !isHeld, loop.isFull { loop.noteWaiting(self) }
        if isInputClosed, !isWaiting { finish() }
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event as? ChannelEvent == .inputClosed else { return context.fireUserInboundEventTriggered(event) }
        isInputClosed = true
        if !isWaiting { finish() }
    }

    /// The client has sent all that it will: it gets what it asked for, and then the connection ends.
    private func finish() {
        switch phase {
        case .open: endByClient(nil)
        case .answering, .failed: break  // the router closes it
        case .handshake, .closing, .ended: cut()
        }
    }

    private func endByClient(_ code: CloseCode?) {
        reason = "closed by the client"
        enter(.answering)
        loop.hand(.closedByClient(number, code))
    }

    package func channelReadComplete(context: ChannelHandlerContext) { if !isGreeting { sendWaiting() } }

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
        // Out of this object while it is used: each access to it there would be checked.
        guard var frames = decoder.take() else { return }
        var (fault, isDone): (WebSocketFault?, Bool) = (nil, false)
        while !isDone, !isWaiting, phase == .open || phase == .closing {
            var other: WebSocketEvent?
            let isHeldNow = loop.handTexts(of: number) { take in
                do throws(WebSocketFault) {
                    guard let event = try frames.next(&input) else {
                        isDone = true
                        return false
                    }
                    if case .text(let text) = event, isOpen {
                        take(text)
                        return true
                    }
                    other = event
                } catch {
                    (fault, isDone) = (error, true)
                }
                return false
            }
            if isHeldNow { isHeld = true }
            if let other { handle(other) }
        }
        decoder = frames
        if let fault { fail(fault) }
    }

    private var isOpen: Bool { phase == .open }

    private func handle(_ event: WebSocketEvent) {
        if phase == .closing {
            if case .close = event { cut() }
            return
        }
        switch event {
        case .text: preconditionFailure("handed over with those before it")
        case .binary(let bytes): isHeld = loop.hand(.binary(number, bytes))
        case .tooLarge(let opcode, _): isHeld = loop.hand(.tooLarge(number, isText: opcode == .text))
        case .ping(let payload): outbox.add(FrameEncoder.frame(.pong, payload))  // sent when all is read
        case .pong: break
        case .close(let code, _): endByClient(code)
        }
    }

    private func fail(_ fault: WebSocketFault) {
        guard phase == .open else { return cut() }
        enter(.failed)
        loop.hand(.failed(number, Closing(fault)))
    }

    // MARK: - Backpressure

    /// Reading pauses while the client does not take what it already caused, and while the router has enough to do.
    package func read(context: ChannelHandlerContext) {
        if (!isBehind && !isWaiting) || phase == .closing || phase == .ended {
            context.read()
        } else {
            isReadDue = true
            if loop.isFull { loop.noteWaiting(self) }
        }
    }

    func readIfDue() {
        guard let context, isReadDue, !isBehind, !isWaiting else { return }
        isReadDue = false
        context.read()
    }

    /// The router has enough of this client until it has taken what it was sent.
    func hold() {
        isHeld = true
        isCatchingUp = true
        if !isBehind { noteCaughtUp() }
    }

    func noteCaughtUp() {
        guard isCatchingUp else { return }
        isCatchingUp = false
        loop.hand(.caughtUp(number))
    }

    /// The router takes what the client sends again.
    func goOn() {
        isCatchingUp = false
        if isHeld {
            isHeld = false
            (lastHeard, pongDue) = (loop.now, nil)  // its pong could not be read meanwhile
            wake()
        }
        readAgain()
    }

    /// Handles what was read and had to wait, and reads on.
    func readAgain() {
        guard let context else { return }
        var input = unread
        unread = ByteBuffer()
        readAll(&input)
        if !isGreeting { sendWaiting() }
        guard self.context === context else { return }
        readIfDue()
    }
}

extension SocketAddress {
    var hostAndPort: String {
        guard let ipAddress, let port else { return pathname ?? "unknown" }
        return ipAddress.contains(":") ? "[\(ipAddress)]:\(port)" : "\(ipAddress):\(port)"
    }
}
