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
    /// What limits know the address by; nil when they do not apply to it.
    private(set) var network: IPAddress?
    /// nil before it has come in, and when it has ended.
    private var place: AcceptGate.Place?
    var parser: RequestHeadParser
    /// nil while it is in use.
    var decoder: FrameDecoder?
    /// The start of a frame or request head whose rest has not come yet.
    var unread = ByteBuffer()
    /// A read that waits until the client has taken what it was sent, or the router what it sent.
    var isReadDue = false
    /// The router wants nothing more of it to be read; `isCatchingUp` until the router knows that it has taken everything.
    var isHeld = false
    var isCatchingUp = false
    /// The router has let it go on, and the turn in which it did is not over.
    var isGoingOn = false
    /// There was no room for more of its messages, until `readAgain`.
    var waitsForRoom = false
    /// Bytes of too large messages that were inflated within the 10 seconds from `inVainSince` on.
    var inVain = 0
    var inVainSince: Int64 = 0
    /// What it has among those that wait for the router.
    var share = Share()
    /// The client sends nothing more, but still reads.
    var isInputClosed = false

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
    /// When what has begun to come has to be whole.
    var messageDue: Int64?
    /// Whether a ping of ours is not answered: the pong does not count among the control frames.
    var awaitsPong = false
    var controlFrames = RecentCount()
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
        phaseEnds = lastHeard + loop.bounds.handshake
    }

    // MARK: - The channel's life

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { begin(context) }
    }

    package func channelActive(context: ChannelHandlerContext) { begin(context) }

    private func begin(_ context: ChannelHandlerContext) {
        guard number < 0 else { return }
        guard !loop.isStopping else { return cut() }
        if address.isEmpty { address = context.remoteAddress?.hostAndPort ?? "unknown" }
        network = context.remoteAddress?.ipAddress.flatMap { IPAddress($0) }.flatMap(loop.options.limits.network)
        place = loop.gate.enter(network, address: address, now: lastHeard, makeRoom: loop.makeRoom)
        guard place != nil else { return cut() }
        number = loop.connections.add(self)
        loop.connections.order(number, as: .stranger)
        socket = DirectSocket(of: context)
        wake()
    }

    package func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        socket = nil
        outbox.removeAll()
        guard number >= 0 else { return }
        giveBackPlace()
        loop.ended(number, because: reason)
    }

    private func giveBackPlace() {
        place = nil
        loop.connections.order(number, as: nil)
    }

    /// Another connection needs its place.
    func giveWay() {
        giveBackPlace()
        cut()
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        loop.options.log.debug("\(address): \(error)")
        context.close(promise: nil)
    }

    /// Nothing, when it has ended: its number is perhaps another's already.
    ///
    /// - Parameter next: has `timeouts.close` to come to its end, unless it is `open`.
    func enter(_ next: Phase) {
        guard context != nil else { return }
        if next == .open { count(as: .user) } else if phase == .open { count(as: .leaving) }
        phase = next
        phaseEnds = loop.now + loop.bounds.close
        wake()
    }

    private func count(as kind: AcceptGate.Place.Kind) {
        place?.become(kind)
        loop.connections.order(number, as: kind)
    }
}

extension SocketAddress {
    var hostAndPort: String {
        guard let ipAddress, let port else { return pathname ?? "unknown" }
        return ipAddress.contains(":") ? "[\(ipAddress)]:\(port)" : "\(ipAddress):\(port)"
    }
}
