import NIOCore

/// The server's half of the opening handshake (RFC 6455, section 4.2).
public enum Handshake {
    /// What the configuration says about upgrades.
    public struct Rules: Sendable {
        public var origins: OriginPolicy
        /// Then `Host` has to be an address or localhost, or a page from anywhere could reach the server under a name
        /// of its own that leads to 127.0.0.1.
        public var listensOnLoopback: Bool
        /// Where an upgrade is taken.
        public var paths: Set<String>
        /// Whether permessage-deflate is taken up.
        public var compression: Bool

        public init(
            origins: OriginPolicy = OriginPolicy(), listensOnLoopback: Bool, paths: Set<String> = ["/", "/ws"],
            compression: Bool = true
        ) {
            self.origins = origins
            self.listensOnLoopback = listensOnLoopback
            self.paths = paths
            self.compression = compression
        }

        /// - Returns: why a request with this `Host` is refused; applies to every request, upgrade or not.
        public func refusal(host: String?) -> HTTPFault? {
            guard listensOnLoopback else { return nil }
            let authority = host.flatMap { Authority($0) }
            guard authority?.isAddress != true, authority?.host != "localhost" else { return nil }
            return HTTPFault(status: .forbidden, reason: "Host has to be an IP address or localhost")
        }
    }

    /// What to do with a request.
    public enum Outcome: Sendable, Equatable {
        /// A request for HTTP's sake.
        case notAnUpgrade
        /// The whole 101 response; behind it, frames, compressed when that was agreed on.
        case accept(ByteBuffer, PermessageDeflate?)
        /// The status and reason, and the header fields that this status needs (`Allow`, `Sec-WebSocket-Version`).
        case refuse(HTTPFault, headers: HeaderFields)
    }

    /// Decides on a request; other extensions than permessage-deflate, and subprotocols, are passed over, which declines
    /// them.
    ///
    /// - Parameters:
    ///   - head: a request as `RequestHeadParser` gives it.
    ///   - rules: where and from whom upgrades are taken.
    /// - Returns: the first rule that the request breaks, as its status; or the response that accepts it.
    public static func evaluate(_ head: RequestHead, rules: Rules) -> Outcome {
        guard head.headers.contains("Upgrade", token: "websocket") else { return .notAnUpgrade }
        do throws(Refusal) {
            try checkForm(head)
            try checkPlace(head, rules)
            let key = try checkWebSocket(head)
            try checkOrigin(head, rules)
            let offers = try extensionOffers(head)
            let compression = rules.compression ? PermessageDeflate(offers) : nil
            return .accept(response(key, compression), compression)
        } catch {
            return .refuse(error.fault, headers: error.headers)
        }
    }

    private struct Refusal: Error {
        let fault: HTTPFault
        let headers: HeaderFields

        init(_ status: HTTPStatus, _ reason: String, headers: HeaderFields = [:]) {
            fault = HTTPFault(status: status, reason: reason)
            self.headers = headers
        }
    }

    /// Fields that say something only when they are there once.
    private static let singletons = ["Host", "Origin", "Sec-WebSocket-Key", "Sec-WebSocket-Version"]

    private static func checkForm(_ head: RequestHead) throws(Refusal) {
        for name in singletons where head.headers.values(name).count > 1 {
            throw Refusal(.badRequest, "more than one \(name) header")
        }
        guard head.headers.values("Host").count == 1 else { throw Refusal(.badRequest, "no Host header") }
        guard head.headers.first("Content-Length").map({ Int($0) == 0 }) ?? true,
            head.headers.values("Transfer-Encoding").isEmpty
        else {
            throw Refusal(.badRequest, "an upgrade has no body")
        }
    }

    private static func checkPlace(_ head: RequestHead, _ rules: Rules) throws(Refusal) {
        if let refusal = rules.refusal(host: head.headers.first("Host")) {
            throw Refusal(refusal.status, refusal.reason)
        }
        guard rules.paths.contains(head.path) else { throw Refusal(.notFound, "no WebSocket at this path") }
        guard head.method == "GET" else {
            throw Refusal(.methodNotAllowed, "a WebSocket begins with GET", headers: ["Allow": "GET"])
        }
    }

    /// - Returns: the key to answer.
    private static func checkWebSocket(_ head: RequestHead) throws(Refusal) -> String {
        guard head.version.major == 1, head.version.minor >= 1 else {
            throw Refusal(.badRequest, "a WebSocket needs HTTP/1.1")
        }
        guard head.headers.contains("Connection", token: "upgrade") else {
            throw Refusal(.badRequest, "no Upgrade in the Connection header")
        }
        guard head.headers.first("Sec-WebSocket-Version") == "13" else {
            throw Refusal(
                .upgradeRequired, "only version 13 of WebSocket is spoken here",
                headers: ["Sec-WebSocket-Version": "13", "Upgrade": "websocket"])
        }
        guard let key = head.headers.first("Sec-WebSocket-Key"), WebSocketKey.isValid(key) else {
            throw Refusal(.badRequest, "Sec-WebSocket-Key has to be 16 bytes in base64")
        }
        return key
    }

    private static func checkOrigin(_ head: RequestHead, _ rules: Rules) throws(Refusal) {
        guard rules.origins.allows(origin: head.headers.first("Origin"), host: head.headers.first("Host")) else {
            throw Refusal(.forbidden, "Origin not allowed")
        }
    }

    /// RFC 6455, section 9.1: a field that is no list of offers fails the connection; one that can't be taken does not.
    private static func extensionOffers(_ head: RequestHead) throws(Refusal) -> [ExtensionOffer] {
        guard let offers = ExtensionOffer.all(in: head.headers.values("Sec-WebSocket-Extensions")) else {
            throw Refusal(.badRequest, "Sec-WebSocket-Extensions is no list of extensions")
        }
        return offers
    }

    private static func response(_ key: String, _ compression: PermessageDeflate?) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeStatusLine(.switchingProtocols)
        bytes.writeField("Upgrade", "websocket")
        bytes.writeField("Connection", "Upgrade")
        bytes.writeField("Sec-WebSocket-Accept", WebSocketKey.accept(key))
        if let compression { bytes.writeField("Sec-WebSocket-Extensions", compression.answer) }
        bytes.writeString("\r\n")
        return bytes
    }
}
