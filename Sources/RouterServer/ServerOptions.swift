import HandlerKit
import Logging
import RouterCore
import WebSocketWire

/// What a server is started with.
public struct ServerOptions: Sendable {
    public var listen: ListenAddress
    public var allowedOrigins: [String]
    public var limits: Limits
    public var timeouts: Timeouts
    public var plan: PipelinePlan
    /// Threads that read and write; the router is on the first.
    public var ioThreads: Int
    /// How long is collected what many get many times a second.
    public var deliveryInterval: Duration
    /// Whether messages are compressed, both ways, for clients that can.
    public var compression: Bool
    /// From what size on a message to such a client is.
    public var compressFrom: ByteCount
    /// Where posts become durable; nil when they are only kept in memory.
    public var journal: OpenJournal?
    public var clock: any RouterClock
    /// Where the tokens come from that resume sessions.
    public var random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    public var log: Logger

    public init(
        listen: ListenAddress, allowedOrigins: [String], limits: Limits, timeouts: Timeouts, plan: PipelinePlan,
        ioThreads: Int = 1, deliveryInterval: Duration = .zero, compression: Bool = true,
        compressFrom: ByteCount = 1_024, clock: any RouterClock = SystemClock(), log: Logger
    ) {
        self.listen = listen
        self.allowedOrigins = allowedOrigins
        self.limits = limits
        self.timeouts = timeouts
        self.plan = plan
        self.ioThreads = ioThreads
        self.deliveryInterval = deliveryInterval
        self.compression = compression
        self.compressFrom = compressFrom
        self.clock = clock
        self.log = log
    }

    func handshakeRules(isLoopback: Bool) -> Handshake.Rules {
        .init(
            origins: OriginPolicy(allowed: allowedOrigins), listensOnLoopback: isLoopback, compression: compression)
    }

    var resumePolicy: ResumePolicy {
        ResumePolicy(lifetime: timeouts.resume, grace: timeouts.grace, patience: timeouts.handshake)
    }

    func makeCompression() -> Compression? { compression ? Compression(from: compressFrom.bytes) : nil }

    /// What connections ask for again and again, as plain numbers: to get at a single setting has all of them copied.
    var bounds: Bounds {
        Bounds(
            outboxBytes: limits.maxOutboxBytes.bytes, controlFrames: limits.maxControlFrames,
            inflatedInVain: limits.maxInflatedInVain.bytes,
            handshake: Int64(timeouts.handshake.milliseconds),
            ping: Int64(timeouts.ping.milliseconds), pong: Int64(timeouts.pong.milliseconds),
            message: Int64(timeouts.message.milliseconds), writeStall: Int64(timeouts.writeStall.milliseconds),
            close: Int64(timeouts.close.milliseconds))
    }

    struct Bounds {
        let outboxBytes, controlFrames, inflatedInVain: Int
        /// In milliseconds.
        let handshake, ping, pong, message, writeStall, close: Int64
    }

    var headLimits: RequestHeadParser.Limits {
        .init(maxHeaderBytes: limits.maxHeaderBytes.bytes, maxHeaderCount: limits.maxHeaderCount)
    }

    var frameLimits: FrameDecoder.Limits {
        .init(
            maxMessageBytes: limits.maxMessageBytes.bytes, maxFrameBytes: limits.maxFrameBytes.bytes,
            maxFragments: limits.maxFragments)
    }
}
