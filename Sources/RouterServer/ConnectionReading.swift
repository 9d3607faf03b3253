import HandlerKit
import NIOCore
import RouterCore
import WebSocketWire

/// What the client sends: its request head, its frames, and when more of them is read.
///
///     reading ──► held          the router wants no more of it (`hold`): read on when it says so (`goOn`), which it does
///       ▲          │            no sooner than all that the client was sent has been taken (`caughtUp`)
///       └──────────┘
///     reading ──► waiting       the I/O loop has no room for more messages (`isFull`): read on when it has (`readAgain`)
///     reading ──► not read      the client is behind with what it is to get (`isBehind`): read on when it has caught up
extension Connection {
    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastHeard = loop.now
        pongDue = nil
        var input = unwrapInboundIn(data)
        if isWaiting, unread.readableBytes > 0 { return keep(&input) }
        if unread.readableBytes > 0 {
            unread.writeBuffer(&input)
            swap(&unread, &input)
        }
        readAll(&input)
    }

    /// Held, it still gets what NIO reads up to the end of the client's side: all that the system has of it.
    private func keep(_ input: inout ByteBuffer) {
        unread.writeBuffer(&input)
        guard unread.readableBytes > Self.mostUnread else { return }
        unread = ByteBuffer()
        fail(WebSocketFault(code: .policyViolation, reason: "more than \(Self.mostUnread) bytes wait to be read"))
    }

    /// Most bytes that are kept of a client that has to wait; what is read of one before it does is far less.
    private static let mostUnread = 512 << 10

    /// Whether what the client sends has to wait: for the client itself, or for the router.
    private var isWaiting: Bool {
        switch phase {
        case .handshake, .open, .answering: isHeld || waitsForRoom || loop.isFull(for: self)
        case .failed, .closing, .ended: false
        }
    }

    private func readAll(_ input: inout ByteBuffer) {
        if !isWaiting { read(&input) }
        guard context != nil else { return unread = ByteBuffer() }
        // A copy of its own, so that a few bytes do not hold the whole read buffer.
        let isMost = input.readableBytes > input.storageCapacity / 2
        unread = isMost ? input : ByteBuffer(bytes: input.readableBytesView)
        if !isHeld, loop.isFull(for: self) { waitForRoom() }
        if isInputClosed, !isWaiting { finish() }
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event as? ChannelEvent == .inputClosed else { return context.fireUserInboundEventTriggered(event) }
        isInputClosed = true
        if !isWaiting { finish() } else if !isHeld { waitForRoom() }
    }

    /// The client has sent all that it will: it gets what it asked for, and then the connection ends.
    private func finish() {
        switch phase {
        case .open: endByClient(nil)
        case .answering, .failed: break  // the router closes it
        case .closing, .ended: cutWhenSent()
        case .handshake: cut()
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
        var (wasWhole, isTired) = (false, false)
        let (inflated, inVain) = (loop.inflater.inflated, loop.inflater.inflatedInVain)
        // What a message causes may be written at once, and find out that the client is gone.
        while !isDone, !isTired, context != nil, !isWaiting, phase == .open || phase == .closing {
            if !isOpen { frames.skipMessages() }
            var other: WebSocketEvent?
            let isHeldNow = loop.handTexts(of: self) { take in
                isTired = loop.inflater.inflated &- inflated >= Self.mostInflated
                if isTired { return false }
                do throws(WebSocketFault) {
                    switch try frames.next(&input) {
                    case nil: isDone = true
                    case .text(let text) where isOpen:
                        take(text)
                        wasWhole = true
                        return true
                    case let event?: other = event
                    }
                } catch {
                    (fault, isDone) = (error, true)
                }
                return false
            }
            if isHeldNow { isHeld = true }
            guard let other else { continue }
            handle(other)
            wasWhole = wasWhole || !frames.isWithinMessage
        }
        guard context != nil else { return }
        noteMessage(isBegun: frames.isWithinMessage || isDone && input.readableBytes > 0, isNew: wasWhole)
        noteInVain(loop.inflater.inflatedInVain &- inVain)
        decoder = frames
        if let fault { fail(fault) } else if isTired { letOthersFirst() }
    }

    /// Bytes that messages of one client are inflated to before it is the others' turn.
    private static var mostInflated: Int { 1 << 20 }

    /// Inflating what is too large costs far more than it costs to send it.
    private func noteInVain(_ bytes: Int) {
        guard bytes > 0, isOpen else { return }
        let most = loop.bounds.inflatedInVain
        if lastHeard &- inVainSince >= 10_000 { (inVain, inVainSince) = (0, lastHeard) }
        inVain &+= bytes
        guard inVain > most else { return }
        fail(
            WebSocketFault(
                code: .policyViolation, reason: "too large messages, inflated, of more than \(most) bytes within 10 s"))
    }

    private func letOthersFirst() {
        guard !waitsForRoom else { return }
        waitsForRoom = true
        loop.letOthersFirst(self)
    }

    private var isOpen: Bool { phase == .open }

    private func handle(_ event: WebSocketEvent) {
        if phase == .closing {
            // It may have sent that before it has got all that stands before our own close frame.
            if case .close = event { cutWhenSent() }
            return
        }
        switch event {
        case .text: preconditionFailure("handed over with those before it")
        case .binary(let bytes): isHeld = loop.hand(.binary(number, bytes))
        case .tooLarge(let opcode, _): isHeld = loop.hand(.tooLarge(number, isText: opcode == .text))
        case .ping(let payload):
            countControlFrame()
            outbox.add(FrameEncoder.frame(.pong, payload))  // sent when all is read
        case .pong: if awaitsPong { awaitsPong = false } else { countControlFrame() }
        case .close(let code, _): endByClient(code)
        }
    }

    /// Each costs a turn and perhaps an answer, and no other limit sees it.
    private func countControlFrame() {
        let most = loop.bounds.controlFrames
        guard controlFrames.add(now: lastHeard, within: 10_000, upTo: most + 1) > most else { return }
        fail(WebSocketFault(code: .policyViolation, reason: "more than \(most) pings and pongs within 10 s"))
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
            if loop.isFull(for: self) { waitForRoom() }
        }
    }

    /// Also when there is room again before its turn comes: something of it is still unread.
    private func waitForRoom() {
        guard !waitsForRoom else { return }
        waitsForRoom = true
        loop.noteWaiting(self)
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
        isGoingOn = false
        if !isBehind { noteCaughtUp() }
    }

    func noteCaughtUp() {
        guard isCatchingUp else { return }
        isCatchingUp = false
        loop.hand(.caughtUp(number))
    }

    /// The router takes what the client sends again, unless it has changed its mind since.
    func goOn() {
        guard isGoingOn else { return }
        isGoingOn = false
        isCatchingUp = false
        if isHeld {
            isHeld = false
            (lastHeard, pongDue) = (loop.now, nil)  // its pong could not be read meanwhile
            putOffMessage()  // nor could the rest of what it has begun
            wake()
        }
        readAgain()
    }

    /// Handles what was read and had to wait, and reads on.
    func readAgain() {
        guard let context else { return }
        waitsForRoom = false
        var input = unread
        unread = ByteBuffer()
        readAll(&input)
        if !isGreeting { sendWaiting() }
        guard self.context === context else { return }
        readIfDue()
    }
}
