import HandlerKit
public import Logging
import NIOCore

/// One message through the real pipeline, with users that there are only for it: no client is sent anything.
public final class Rehearsal {
    /// What a user was sent, and why it was closed, if it was.
    public struct Received: Sendable {
        public let user: String
        public var frames: [String] = []
        public var closing: Closing?
    }

    private var router: Router
    private var delivery = Delivery()
    private let sink = RehearsalSink()
    private let users: Int

    /// - Parameters:
    ///   - pipeline: started.
    ///   - users: how many there are; the first one sends. 1 or more.
    public init(
        _ pipeline: consuming Pipeline, limits: Limits, pingInterval: Duration, users: Int, clock: any RouterClock,
        log: Logger
    ) {
        router = Router(pipeline, limits: limits, pingInterval: pingInterval, clock: clock, log: log)
        self.users = users
        for number in 0..<users { router.opened(number, address: "127.0.0.1:\(50_000 + number)") }
        endTick()
        sink.forget()
    }

    /// Sends the message as the first user, and waits for handlers that wait.
    ///
    /// - Returns: what was called, and what each user got, the sender first.
    public func explain(_ message: String) async -> (trace: Trace, received: [Received]) {
        router.trace = Trace()
        if message.utf8.count > router.limits.maxMessageBytes.bytes {
            router.receivedTooLarge(isText: true, from: 0)
        } else {
            router.received(ByteBuffer(string: message), from: 0)
        }
        while router.hasNews {
            _ = router.takeAbandoned()
            for work in router.takeWork() {
                router.finished(work.ticket, await Self.outcome(of: work, within: router.limits.maxHandlerWait))
            }
        }
        endTick()
        let received = (0..<users).map { number in
            Received(user: "User\(number + 1)", frames: sink.frames(of: number), closing: sink.closings[number])
        }
        return (router.trace ?? Trace(), received)
    }

    /// What work came to, or that it took too long, as the router itself would say.
    private static func outcome(
        of work: PendingWork, within limit: Duration
    ) async -> Result<any Sendable, any Error> {
        let late = Rejection(.unavailable, "Try again later", retryAfterMilliseconds: 1_000)
        let (outcomes, report) = AsyncStream<Result<any Sendable, any Error>>.makeStream()
        let running = Task { report.yield(await work.run()) }
        let timer = Task {
            try await Task.sleep(for: limit)
            report.yield(.failure(late))
        }
        defer {
            running.cancel()
            timer.cancel()
        }
        for await outcome in outcomes { return outcome }
        return .failure(late)
    }

    /// The handlers of the pipeline that a message type passes through; nil for a type that none answers.
    public func route(of type: String) -> [String]? {
        let route = Array(type.utf8).withUnsafeBytes { router.pipeline.routes.find($0) }
        guard let route else { return nil }
        return router.pipeline.routes[route].map { index in router.pipeline.name(of: index) }
    }

    /// The handlers, to be stopped.
    public func takePipeline() -> Pipeline { router.takePipeline() }

    private func endTick() {
        let tick = router.takeTick()
        delivery.deliver(tick, to: sink)
        router.reuse(tick)
    }
}

/// Keeps what would have been sent.
private final class RehearsalSink: DeliverySink {
    private var bytes: [Int: ByteBuffer] = [:]
    private(set) var closings: [Int: Closing] = [:]

    func isOpen(_ connection: Int) -> Bool { true }
    func isBehind(_ connection: Int) -> Bool { false }
    func write(_ frames: ByteBuffer, to connection: Int) -> Int {
        bytes[connection, default: ByteBuffer()].writeImmutableBuffer(frames)
        return frames.readableBytes
    }
    func keep(_ bytes: ByteBuffer, for connection: Int) {}
    func keep(_ span: SharedLog.Span, for connection: Int) {}
    func hold(_ connection: Int) {}
    func goOn(_ connection: Int) {}
    func free(_ connection: Int) {}
    func close(_ connection: Int, _ closing: Closing) { closings[connection] = closing }

    func forget() { (bytes, closings) = ([:], [:]) }

    func frames(of connection: Int) -> [String] {
        var rest = bytes[connection] ?? ByteBuffer()
        var frames: [String] = []
        while let frame = rest.readFrameText() { frames.append(frame) }
        return frames
    }
}

extension ByteBuffer {
    /// The payload of the next frame as text; the router's frames are whole, and have no mask (RFC 6455, section 5.2).
    fileprivate mutating func readFrameText() -> String? {
        guard readInteger(as: UInt8.self) != nil, let first = readInteger(as: UInt8.self) else { return nil }
        let length: Int? =
            switch first {
            case 126: readInteger(as: UInt16.self).map(Int.init)
            case 127: readInteger(as: UInt64.self).map(Int.init)
            default: Int(first)
            }
        return length.flatMap { readString(length: $0) }
    }
}
