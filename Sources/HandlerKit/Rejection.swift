/// A request that a handler refuses: thrown from `handle`, told to the sender as an `error`, and nothing else happens.
public struct Rejection: Error, Sendable {
    public let code: ErrorCode
    /// What a person reads.
    public let message: String
    /// When it may be tried again, in milliseconds from now.
    public var retryAfterMilliseconds: Int?
    /// Set when the connection is to be closed after the error; the close code follows from `code` (P48).
    public var closing: Exceeded?

    /// Which limit was passed, and by what.
    public struct Exceeded: Sendable {
        public let limit, actual: Int
        public init(limit: Int, actual: Int) { (self.limit, self.actual) = (limit, actual) }
    }

    public init(_ code: ErrorCode, _ message: String, retryAfterMilliseconds: Int? = nil, closing: Exceeded? = nil) {
        (self.code, self.message) = (code, message)
        (self.retryAfterMilliseconds, self.closing) = (retryAfterMilliseconds, closing)
    }

    /// P17: a message of the wrong form.
    public static let invalidMessage = Rejection(.invalidMessage, "Invalid message format")
}

/// The values of `code` in an `error` (P32).
public enum ErrorCode: String, Sendable, CaseIterable {
    case invalidMessage = "invalid_message", unknownType = "unknown_type", messageTooLarge = "message_too_large"
    case badMessages = "bad_messages", rateLimited = "rate_limited", slowMode = "slow_mode"
    case invalidName = "invalid_name", nameTaken = "name_taken", userNotFound = "user_not_found"
    case roomNotFound = "room_not_found", notInRoom = "not_in_room", tooManyRooms = "too_many_rooms"
    case invalidURL = "invalid_url", messageNotFound = "message_not_found", authFailed = "auth_failed"
    case authTimeout = "auth_timeout", tokenExpired = "token_expired", unauthorized, forbidden, muted, banned
    case replaced, readOnly = "read_only", resumeFailed = "resume_failed", serverFull = "server_full"
    case tooManyConnections = "too_many_connections", slowReader = "slow_reader", noPong = "no_pong"
    case shuttingDown = "shutting_down", unavailable, internalError = "internal_error"
}
