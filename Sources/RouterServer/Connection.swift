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
    private var address: String
    private var parser: RequestHeadParser
    private var decoder: FrameDecoder
    /// The start of a frame or request head whose rest has not come yet.
    private var unread = ByteBuffer()
    var outbox = Outbox()
    /// A read that waits until the outbox has room.
    private var isReadDue = false
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
        if unread.readableBytes > 0 {
            unread.writeBuffer(&input)
            swap(&unread, &input)
        }
        read(&input)
        // A copy of its own, so that a few bytes do not hold the whole read buffer.
        unread = input.readableBytes > 0 ? ByteBuffer(bytes: input.readableBytesView) : ByteBuffer()
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
            while phase == .open || phase == .closing, let event = try decoder.next(&input) { handle(event) }
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
        case .text(let text): loop.withRouter { $0.received(text, from: number) }
        case .binary(let bytes): loop.withRouter { $0.receivedBinary(bytes, from: number) }
        case .tooLarge(let opcode, _): loop.withRouter { $0.receivedTooLarge(isText: opcode == .text, from: number) }
        case .ping(let payload): context?.write(wrapOutboundOut(FrameEncoder.frame(.pong, payload)), promise: nil)
        case .pong: break
        case .close(let code, _):
            reason = "closed by the client"
            enter(.answering)
            loop.withRouter { $0.closedByClient(number, code) }
        }
    }

    private func fail(_ fault: WebSocketFault) {
        guard phase == .open else { return cut() }
        enter(.failed)
        loop.withRouter { $0.drop(number, Closing(fault)) }
    }

    // MARK: - The handshake

    private func answer(_ head: RequestHead) {
        let rules = loop.options.handshakeRules
        if let fault = rules.refusal(host: head.headers.first("Host")) { return refuse(HTTPResponse(fault)) }
        switch Handshake.evaluate(head, rules: rules) {
        case .accept(let response):
            context?.write(wrapOutboundOut(response), promise: nil)
            phase = .open
            wake()
            loop.withRouter { $0.opened(number, address: address) }
        case .refuse(let fault, let headers):
            refuse(HTTPResponse(fault, headers: headers))
        case .notAnUpgrade:
            refuse(plainAnswer(to: head), isHead: head.method == "HEAD")
        }
    }

    /// P29: there is nothing here for plain HTTP yet.
    private func plainAnswer(to head: RequestHead) -> HTTPResponse {
        guard head.method == "GET" || head.method == "HEAD" else {
            return HTTPResponse(
                HTTPFault(status: .methodNotAllowed, reason: "Only GET is served here"), headers: ["Allow": "GET, HEAD"]
            )
        }
        return HTTPResponse(HTTPFault(status: .notFound, reason: "Not Found: this is a WebSocket server"))
    }

    func refuse(_ response: HTTPResponse, isHead: Bool = false) {
        enter(.ended)
        guard let context else { return }
        context.writeAndFlush(wrapOutboundOut(response.encoded(isHead: isHead)), promise: nil)
        // Only our side: closing with unread bytes would reset the connection, and the answer could get lost.
        context.close(mode: .output, promise: nil)
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
        if context.channel.isWritable || phase == .closing || phase == .ended {
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
        if context.channel.isWritable, isReadDue {
            isReadDue = false
            context.read()
        }
    }
}

/// What is known of the bytes that wait for a client.
struct Outbox {
    /// Bytes given to the channel since the connection began.
    var handedOver = 0
    /// Something could not be sent any more: what comes after it must not be either.
    var isOverrun = false
    /// Since when the client has been behind, and how many bytes it had taken by then.
    var stalledSince: Int64?
    var takenBefore = 0
}

extension SocketAddress {
    var hostAndPort: String {
        guard let ipAddress, let port else { return pathname ?? "unknown" }
        return ipAddress.contains(":") ? "[\(ipAddress)]:\(port)" : "\(ipAddress):\(port)"
    }
}
