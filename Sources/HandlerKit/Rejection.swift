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
        public let limit: Int
        public let actual: Int
        public init(limit: Int, actual: Int) {
            self.limit = limit
            self.actual = actual
        }
    }

    public init(_ code: ErrorCode, _ message: String, retryAfterMilliseconds: Int? = nil, closing: Exceeded? = nil) {
        self.code = code
        self.message = message
        self.retryAfterMilliseconds = retryAfterMilliseconds
        self.closing = closing
    }

    /// P17: a message of the wrong form.
    public static let invalidMessage = Rejection(.invalidMessage, "Invalid message format")
}

/// The values of `code` in an `error` (P32).
public enum ErrorCode: String, Sendable, CaseIterable {
    case invalidMessage = "invalid_message"
    case unknownType = "unknown_type"
    case invalidName = "invalid_name"
    case nameTaken = "name_taken"
    case userNotFound = "user_not_found"
    case messageTooLarge = "message_too_large"
    case serverFull = "server_full"
    case rateLimited = "rate_limited"
    case unauthorized
    case authFailed = "auth_failed"
    case authTimeout = "auth_timeout"
    case tokenExpired = "token_expired"
    case forbidden, muted, banned
    case readOnly = "read_only"
    case slowMode = "slow_mode"
    case roomNotFound = "room_not_found"
    case notInRoom = "not_in_room"
    case tooManyRooms = "too_many_rooms"
    case invalidURL = "invalid_url"
    case messageNotFound = "message_not_found"
    case resumeFailed = "resume_failed"
    case replaced
    case tooManyConnections = "too_many_connections"
    case slowReader = "slow_reader"
    case noPong = "no_pong"
    case badMessages = "bad_messages"
    case shuttingDown = "shutting_down"
    case unavailable
    case internalError = "internal_error"
}
