import HandlerKit
import WebSocketWire

/// Why the router ends a connection: the one table from which the close code, the `error` frame before it and the log
/// line follow (P48, P49).
public struct Closing: Sendable {
    public let code: CloseCode
    /// `code` of the `error` frame.
    public let error: ErrorCode
    /// What a person reads, in the `error` frame and as the close frame's reason; at most 123 bytes of UTF-8.
    public let message: String
    /// When to come back, in milliseconds; for the codes that say so.
    public var retryAfterMilliseconds: Int?
    public var exceeded: Rejection.Exceeded?
    /// False where P49 wants no `error` frame before the close.
    public let isAnnounced: Bool

    private init(
        _ code: CloseCode, _ error: ErrorCode, _ message: String, retryAfter: Int? = nil,
        exceeded: Rejection.Exceeded? = nil, isAnnounced: Bool = true
    ) {
        self.code = code
        self.error = error
        self.message = message
        self.retryAfterMilliseconds = retryAfter
        self.exceeded = exceeded
        self.isAnnounced = isAnnounced
    }

    /// The close code as a number.
    public var number: Int { Int(code.rawValue) }

    /// P23: there are as many connections as allowed.
    public static func serverFull(limit: Int) -> Closing {
        Closing(
            .tryAgainLater, .serverFull, "Server is full", retryAfter: 5_000,
            exceeded: .init(limit: limit, actual: limit + 1))
    }

    /// P48: as many users of one address as `max_connections_per_address`.
    public static func tooManyConnections(limit: Int) -> Closing {
        Closing(
            .tooManyConnections, .tooManyConnections, "Too many connections from your address", retryAfter: 5_000,
            exceeded: .init(limit: limit, actual: limit + 1))
    }

    /// Another connection resumes the session (P46).
    public static let replaced = Closing(.replaced, .replaced, "Replaced by a resumed session")

    /// What it was told, or is to be told, can't be saved or read.
    public static let unavailable = Closing(Rejection.notSaved)

    /// Whether the client must not come back to its session (P46, P48).
    var isFinal: Bool { (4_000...4_099).contains(code.rawValue) && code != .replaced }

    /// The router stops.
    public static let shuttingDown = Closing(.goingAway, .shuttingDown, "The server is shutting down")

    /// As many invalid messages as `max_bad_messages`.
    public static func badMessages(limit: Int, actual: Int) -> Closing {
        Closing(
            .policyViolation, .badMessages, "Too many invalid messages", exceeded: .init(limit: limit, actual: actual))
    }

    /// More bytes waiting than `max_outbox_bytes`, or none taken for `write_stall`.
    public static let slowReader = Closing(.slowReader, .slowReader, "Reads too slowly", isAnnounced: false)

    /// The client's close frame is answered with its own code (RFC 6455, section 5.5.1).
    public static func answered(_ code: CloseCode) -> Closing {
        Closing(code, .internalError, "", isAnnounced: false)
    }

    /// Bytes that RFC 6455 or a limit of the wire forbids; the codes of the RFC speak for themselves (P49).
    public init(_ fault: WebSocketFault) {
        self.init(fault.code, .badMessages, fault.reason, isAnnounced: fault.code == .policyViolation)
    }

    /// P49: on a server of whole frames a message that is too large can't be told by an `error` frame.
    public static func tooLarge(limit: Int) -> Closing {
        Closing(.messageTooBig, .messageTooLarge, "Messages may have \(limit) bytes", isAnnounced: false)
    }

    /// A message that was begun was not whole within `timeouts.message`.
    public static let slowMessage = Closing(.policyViolation, .badMessages, "A message took too long")

    /// No pong within `timeouts.pong`.
    public static let noPong = Closing(.noPong, .noPong, "No pong in time", isAnnounced: false)

    /// A refusal that ends the connection too: its code decides with which close code (P48).
    init(_ rejection: Rejection) {
        let code: CloseCode =
            switch rejection.code {
            case .rateLimited: .rateLimited
            case .serverFull: .tryAgainLater
            case .authFailed, .unauthorized: .authenticationFailed
            case .authTimeout: .authenticationTimeout
            case .tokenExpired: .tokenExpired
            case .banned: .banned
            case .replaced: .replaced
            case .tooManyConnections: .tooManyConnections
            case .shuttingDown: .goingAway
            case .internalError, .unavailable: .internalError
            default: .policyViolation
            }
        self.init(
            code, rejection.code, rejection.message, retryAfter: rejection.retryAfterMilliseconds,
            exceeded: rejection.closing)
    }
}
