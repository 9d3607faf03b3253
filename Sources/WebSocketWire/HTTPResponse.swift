import NIOCore

/// A whole answer of the server, after which it closes the connection.
public struct HTTPResponse: Sendable, Equatable {
    public var status: HTTPStatus
    /// Besides those that `encoded` writes itself.
    public var headers: HeaderFields
    public var contentType: String
    public var body: String

    /// A response of the server's own making; without a `body` it says the status and its phrase.
    public init(
        _ status: HTTPStatus, headers: HeaderFields = [:], contentType: String = "text/plain; charset=utf-8",
        body: String? = nil
    ) {
        self.status = status
        self.headers = headers
        self.contentType = contentType
        self.body = body ?? "\(status.rawValue) \(status.reasonPhrase)\n"
    }

    /// The answer to a request that is refused: the reason is its body.
    public init(_ fault: HTTPFault, headers: HeaderFields = [:]) {
        self.init(fault.status, headers: headers, body: "\(fault.reason)\n")
    }

    /// The bytes to send; to a request whose method was HEAD, all but the body.
    public func encoded(isHead: Bool = false) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeStatusLine(status)
        for field in headers.fields { bytes.writeField(field.name, field.value) }
        bytes.writeField("Content-Type", contentType)
        bytes.writeField("Content-Length", String(body.utf8.count))
        // An Upgrade field has to be named in Connection (RFC 9110, section 7.8).
        bytes.writeField("Connection", headers.first("Upgrade") == nil ? "close" : "close, Upgrade")
        bytes.writeString("\r\n")
        if !isHead { bytes.writeString(body) }
        return bytes
    }
}

extension ByteBuffer {
    mutating func writeStatusLine(_ status: HTTPStatus) {
        writeString("HTTP/1.1 \(status.rawValue) \(status.reasonPhrase)\r\n")
    }

    mutating func writeField(_ name: String, _ value: String) {
        assert(!value.utf8.contains { $0 == .carriageReturn || $0 == .lineFeed }, "a header value is one line")
        writeString("\(name): \(value)\r\n")
    }
}
