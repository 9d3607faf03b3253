/// Why a connection ended: RFC 6455, section 7.4, and the router's own codes in 4000 to 4999.
///
/// Of our own codes the range is the advice: after 4000 to 4099 do not come back unchanged, after 4100 to 4199 come
/// back later, after 4200 to 4299 come back at once.
public struct CloseCode: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    private init(_ rawValue: UInt16) { self.rawValue = rawValue }

    /// The client's close, answered.
    public static let normal = CloseCode(1000)
    /// The server stops or drains.
    public static let goingAway = CloseCode(1001)
    /// The peer broke RFC 6455.
    public static let protocolError = CloseCode(1002)
    /// A text message or a close reason is not UTF-8.
    public static let invalidPayload = CloseCode(1007)
    /// The peer broke a rule of ours that has no code of its own.
    public static let policyViolation = CloseCode(1008)
    /// A message passed the number of bytes the server reads at all.
    public static let messageTooBig = CloseCode(1009)
    /// A fault of the server's own.
    public static let internalError = CloseCode(1011)
    /// The server restarts.
    public static let serviceRestart = CloseCode(1012)
    /// The server is full.
    public static let tryAgainLater = CloseCode(1013)

    /// Wrong credentials.
    public static let authenticationFailed = CloseCode(4001)
    /// No credentials in time.
    public static let authenticationTimeout = CloseCode(4002)
    /// Removed by a moderator; may come back.
    public static let kicked = CloseCode(4003)
    /// Removed by a moderator; may not come back.
    public static let banned = CloseCode(4004)
    /// Another connection resumed this one's session.
    public static let replaced = CloseCode(4005)
    /// The credentials ran out while connected.
    public static let tokenExpired = CloseCode(4006)

    /// Refused too often by the rate limit.
    public static let rateLimited = CloseCode(4101)
    /// Too many connections of one address.
    public static let tooManyConnections = CloseCode(4102)
    /// The client reads more slowly than it is sent to.
    public static let slowReader = CloseCode(4103)
    /// No pong in time.
    public static let noPong = CloseCode(4104)

    /// Whether a peer may put this code into a close frame (RFC 6455, section 7.4, and the registry it set up).
    ///
    /// 1004 to 1006 and 1015 must never be sent, 1016 to 2999 are not given out, 5000 and above do not exist.
    public var mayBeReceived: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}

extension CloseCode: CustomStringConvertible {
    public var description: String { String(rawValue) }
}
