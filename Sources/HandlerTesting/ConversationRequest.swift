/// The handshake of a client, right in every point unless the script says otherwise.
struct ClientRequest: Sendable {
    /// The key and its answer that RFC 6455 section 1.3 gives as the example.
    static let key = "dGhlIHNhbXBsZSBub25jZQ=="
    static let accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

    var method = "GET"
    var path = "/"
    var version = "HTTP/1.1"
    var headers = [
        (name: "Host", value: "127.0.0.1:8080"), (name: "Upgrade", value: "websocket"),
        (name: "Connection", value: "Upgrade"), (name: "Sec-WebSocket-Key", value: Self.key),
        (name: "Sec-WebSocket-Version", value: "13"),
    ]

    /// - Throws: `ScriptFault` for an option that is none.
    mutating func apply(_ option: String) throws {
        if let path = option.after("to ") {
            let words = path.split(separator: " with ", maxSplits: 1).map(String.init)
            self.path = words[0]
            if words.count == 2 { try apply("with " + words[1]) }
        } else if let method = option.after("using ") {
            self.method = method
        } else if let version = option.after("as ") {
            self.version = version
        } else if let name = option.after("without ") {
            remove(name)
        } else if let added = option.after("and also ") {
            headers.append(try headerField(added))
        } else if let replaced = option.after("with ") {
            let field = try headerField(replaced)
            let place = headers.firstIndex { $0.name.lowercased() == field.name.lowercased() }
            if let place { headers[place] = field } else { headers.append(field) }
        } else {
            throw ScriptFault("no such option of a connection: \(option)")
        }
    }

    private mutating func remove(_ name: String) {
        headers.removeAll { $0.name.lowercased() == name.lowercased() }
    }

    /// What the client says it could do.
    var offer: String? { headers.first { $0.name.lowercased() == "sec-websocket-extensions" }?.value }

    var bytes: [UInt8] {
        let lines = ["\(method) \(path) \(version)"] + headers.map { "\($0.name): \($0.value)" } + ["", ""]
        return Array(lines.joined(separator: "\r\n").utf8)
    }
}

/// What a server answers to a handshake.
struct ServerResponse {
    var status: Int
    var headers: [(name: String, value: String)]
    var body: [UInt8] = []

    func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name.lowercased() }?.value }

    /// Takes a response from the front of `bytes`, its body excepted.
    /// - Returns: nil while the empty line is missing.
    /// - Throws: `ScriptFault` when it is no HTTP/1.1 response.
    init?(takenFrom bytes: inout [UInt8]) throws {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        var lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n").map(String.init)
        guard !lines.isEmpty else { throw ScriptFault("an empty response") }
        let first = lines.removeFirst().split(separator: " ")
        guard first.count >= 2, first[0] == "HTTP/1.1", let status = Int(first[1]) else {
            throw ScriptFault("no HTTP/1.1 response: \(first.joined(separator: " "))")
        }
        self.status = status
        headers = try lines.map(headerField)
        bytes.removeSubrange(..<end.upperBound)
    }

    /// Whether the server agreed to compress messages, without context (RFC 7692 section 7).
    var isCompressed: Bool { header("Sec-WebSocket-Extensions")?.hasPrefix("permessage-deflate; server_no") == true }

    /// RFC 6455 section 4.1: what a client checks before it believes that the connection is open.
    /// - Parameter offer: what the client said it could do.
    func upgradeFault(offer: String? = nil) -> String? {
        if status != 101 { return "expected 101, got \(status)" }
        if header("Upgrade")?.lowercased() != "websocket" { return "101 without Upgrade: websocket" }
        if header("Connection")?.lowercased() != "upgrade" { return "101 without Connection: Upgrade" }
        if header("Sec-WebSocket-Accept") != ClientRequest.accept { return "101 with the wrong Sec-WebSocket-Accept" }
        guard !isCompressed || offer == nil else { return nil }
        return header("Sec-WebSocket-Extensions").map { "101 with an extension: \($0)" }
    }
}
