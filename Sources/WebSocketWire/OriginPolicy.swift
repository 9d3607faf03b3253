/// Which web pages may open a connection (protocol.md, P51): a browser says in `Origin` where its page comes from.
public struct OriginPolicy: Sendable, Equatable {
    private let allowed: [Origin]

    /// - Parameter allowed: origins besides the built-in ones, such as `https://chat.example` or `null` (a page opened
    ///   from a file).
    public init(allowed: [String] = []) {
        self.allowed = allowed.map(Origin.init)
    }

    /// - Parameters:
    ///   - origin: the request's `Origin`; nil when it is not from a browser.
    ///   - host: the request's `Host`.
    /// - Returns: true for no origin, the same host, a page served from loopback, and what is listed.
    public func allows(origin: String?, host: String?) -> Bool {
        guard let origin = origin.map(Origin.init) else { return true }
        if allowed.contains(origin) { return true }
        guard case .page(let scheme, let page) = origin, scheme == "http" || scheme == "https" else { return false }
        if page.isLoopback { return true }
        guard let host = host.flatMap({ Authority($0) }) else { return false }
        // TLS may end before us, so the scheme is the page's own; a Host without a port means that scheme's.
        return page.host == host.host && page.port(scheme: scheme) == host.port(scheme: scheme)
    }
}

/// An origin (RFC 6454, section 7): scheme and authority, or anything else that is only compared, such as `null`.
private enum Origin: Sendable, Equatable {
    case page(scheme: String, Authority)
    case opaque(String)

    init(_ text: String) {
        let text = String(decoding: text.utf8.map(\.lowercasedASCII), as: UTF8.self)
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://"),
            let authority = Authority(text[colon...].dropFirst(3))
        else {
            self = .opaque(text)
            return
        }
        self = .page(scheme: String(text[..<colon]), authority)
    }

    static func == (one: Origin, other: Origin) -> Bool {
        switch (one, other) {
        case (.opaque(let one), .opaque(let other)): one == other
        case (.page(let scheme, let one), .page(let otherScheme, let other)):
            scheme == otherScheme && one.host == other.host && one.port(scheme: scheme) == other.port(scheme: scheme)
        default: false
        }
    }
}
