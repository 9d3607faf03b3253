/// An HTTP/1 request without its body.
public struct RequestHead: Sendable, Equatable {
    /// The version of HTTP that the client speaks; the parser lets through 1.0 to 1.9.
    public struct Version: Sendable, Equatable {
        public let major: Int
        public let minor: Int

        public init(major: Int, minor: Int) {
            self.major = major
            self.minor = minor
        }
    }

    public var method: String
    /// Begins with `/`; not percent-decoded.
    public var path: String
    /// What stands behind the first `?`; may hold secrets, so it does not belong in a log.
    public var query: String?
    public var version: Version
    public var headers: HeaderFields

    public init(
        method: String, path: String, query: String? = nil, version: Version = Version(major: 1, minor: 1),
        headers: HeaderFields
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.version = version
        self.headers = headers
    }
}
