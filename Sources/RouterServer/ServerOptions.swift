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
    public var clock: any RouterClock
    public var log: Logger

    public init(
        listen: ListenAddress, allowedOrigins: [String], limits: Limits, timeouts: Timeouts, plan: PipelinePlan,
        clock: any RouterClock = SystemClock(), log: Logger
    ) {
        self.listen = listen
        self.allowedOrigins = allowedOrigins
        self.limits = limits
        self.timeouts = timeouts
        self.plan = plan
        self.clock = clock
        self.log = log
    }

    func handshakeRules(isLoopback: Bool) -> Handshake.Rules {
        .init(origins: OriginPolicy(allowed: allowedOrigins), listensOnLoopback: isLoopback)
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
