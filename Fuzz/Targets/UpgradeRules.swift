import WebSocketWire

/// Rules for upgrades, and what has to be true of a request that they let in, said a second time and more simply.
struct UpgradeRules {
    let rules: Handshake.Rules

    private static let allowed = ["https://chat.example", "null"]

    init(_ choice: UInt8) {
        rules = Handshake.Rules(
            origins: OriginPolicy(allowed: choice & 1 == 0 ? [] : Self.allowed), listensOnLoopback: choice & 2 == 0)
    }

    func checkAccepted(_ head: RequestHead) throws {
        let headers = head.headers
        try require(head.method == "GET" && head.version.minor > 0, "\(head.method) was upgraded")
        try require(head.path == "/" || head.path == "/ws", "\(head.path) was upgraded")
        try require(headers.values("Sec-WebSocket-Version") == ["13"], "another version was upgraded")
        let keys = headers.values("Sec-WebSocket-Key")
        try require(keys.count == 1 && keys[0].utf8.count == 24 && keys[0].hasSuffix("=="), "\(keys) were taken")
        try require(headers.values("Connection").contains { $0.lowercased().contains("upgrade") }, "no Connection")
        try require(headers.values("Transfer-Encoding").isEmpty, "an upgrade with a body")
        try require(
            headers.values("Content-Length").allSatisfy { $0.allSatisfy { $0 == "0" } }, "an upgrade with a body")
        let hosts = headers.values("Host")
        try require(hosts.count == 1, "an upgrade with \(hosts.count) hosts")
        if rules.listensOnLoopback { try require(isLocalName(hosts[0]), "\(hosts[0]) was let in") }
        try checkOrigin(headers.values("Origin"), host: hosts[0].lowercased())
    }

    private func isLocalName(_ host: String) -> Bool {
        let name = host.lowercased()
        return name.hasPrefix("localhost") || name.hasPrefix("[") || name.first?.isNumber == true
    }

    private func checkOrigin(_ origins: [String], host: String) throws {
        try require(origins.count <= 1, "an upgrade with \(origins.count) origins")
        guard let origin = origins.first?.lowercased() else { return }
        if rules.origins == OriginPolicy(allowed: Self.allowed), Self.allowed.contains(where: origin.hasPrefix) {
            return
        }
        let parts = origin.split(separator: "/", omittingEmptySubsequences: false)
        try require(
            parts.count == 3 && parts[1].isEmpty && ["http:", "https:"].contains(parts[0]), "\(origin) was let in")
        let name = Self.name(parts[2])
        let isLoopback =
            name == "localhost" || name == "[::1]"
            || (name.hasPrefix("127.") && name.allSatisfy { $0 == "." || $0.isNumber })
        try require(isLoopback || name == Self.name(host[...]), "\(origin) was let in to \(host)")
    }

    /// Without the port.
    private static func name(_ authority: Substring) -> Substring {
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") { return authority[...end] }
        return authority.prefix { $0 != ":" }
    }
}
