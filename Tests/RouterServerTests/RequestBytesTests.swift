import Handlers
import RouterCore
import TestSupport
import Testing

/// A request as bytes, and the whole of what it is answered.
struct RequestBytes: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let bytes: [UInt8]
    let status: Int
    /// Why, in the answer's body; nil when it is none of the head.
    let reason: String?

    init(_ name: String, _ bytes: some Sequence<UInt8>, _ status: Int, _ reason: String? = nil) {
        (testDescription, self.bytes, self.status, self.reason) = (name, Array(bytes), status, reason)
    }

    /// An upgrade of another request line, or with lines more, behind those that it needs or before them.
    static func upgrade(
        _ line: String = "GET / HTTP/1.1", first: [String] = [], without name: String? = nil, _ more: String...
    ) -> [UInt8] {
        let lines = [
            "Host: 127.0.0.1:8080", "Upgrade: websocket", "Connection: Upgrade",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
        ]
        let kept = lines.filter { line in name.map { !line.hasPrefix($0 + ":") } ?? true }
        return Array(([line] + first + kept + more).map { $0 + "\r\n" }.joined().utf8) + Array("\r\n".utf8)
    }

    static func plain(_ line: String, _ lines: String...) -> [UInt8] {
        Array(([line] + lines).map { $0 + "\r\n" }.joined().utf8) + Array("\r\n".utf8)
    }
}

@Suite("P51: what could be read in two ways is refused, however it is split")
struct RequestBytesTests {
    private static let long = String(repeating: "x", count: 9_000)

    static let whose: [RequestBytes] = [
        .init("an upgrade", RequestBytes.upgrade(), 101),
        .init("the address of the same host", RequestBytes.upgrade("GET http://127.0.0.1:8080/ws?a HTTP/1.1"), 101),
        .init(
            "an address counts, and not the Host",
            RequestBytes.upgrade("GET http://evil.example/ HTTP/1.1"), 403, "Host has to be an IP address or localhost"),
        .init(
            "a name in an address", RequestBytes.upgrade("GET http://me@127.0.0.1/ HTTP/1.1"), 400,
            "invalid request target"),
        .init("another scheme", RequestBytes.upgrade("GET ftp://127.0.0.1/ HTTP/1.1"), 400, "invalid request target"),
        .init("CONNECT", RequestBytes.upgrade("CONNECT 127.0.0.1:8080 HTTP/1.1"), 400, "invalid request target"),
        .init("OPTIONS *", RequestBytes.plain("OPTIONS * HTTP/1.1", "Host: a"), 400, "invalid request target"),
        .init("no Host", RequestBytes.upgrade(without: "Host"), 400, "no Host header"),
        .init("two Hosts", RequestBytes.upgrade("GET / HTTP/1.1", "host: 127.0.0.1"), 400, "more than one Host header"),
        .init(
            "the same Host twice", RequestBytes.upgrade(first: ["Host: 127.0.0.1:8080"]), 400,
            "more than one Host header"),
        .init(
            "two Hosts in one", RequestBytes.upgrade(without: "Host", "Host: 127.0.0.1, localhost"), 400,
            "invalid Host header"),
        .init("an empty Host", RequestBytes.upgrade(without: "Host", "Host:"), 400, "invalid Host header"),
        .init(
            "a Host that leads here", RequestBytes.upgrade(without: "Host", "Host: evil.example"), 403,
            "Host has to be an IP address or localhost"),
        .init(
            "an Origin of the same host", RequestBytes.upgrade("GET / HTTP/1.1", "Origin: http://127.0.0.1:8080"), 101),
        .init("an Origin of loopback", RequestBytes.upgrade("GET / HTTP/1.1", "Origin: http://localhost:3000"), 101),
        .init("an Origin that is listed", RequestBytes.upgrade("GET / HTTP/1.1", "Origin: https://chat.example"), 101),
        .init(
            "an Origin that is not", RequestBytes.upgrade("GET / HTTP/1.1", "Origin: https://evil.example"), 403,
            "Origin not allowed"),
        .init(
            "one below that listed", RequestBytes.upgrade("GET / HTTP/1.1", "Origin: https://a.chat.example"), 403,
            "Origin not allowed"),
        .init(
            "one that begins like it", RequestBytes.upgrade("GET / HTTP/1.1", "Origin: https://chat.example.evil"), 403,
            "Origin not allowed"),
        .init(
            "its other scheme", RequestBytes.upgrade("GET / HTTP/1.1", "Origin: http://chat.example"), 403,
            "Origin not allowed"),
        .init(
            "its other port", RequestBytes.upgrade("GET / HTTP/1.1", "Origin: https://chat.example:444"), 403,
            "Origin not allowed"),
        .init("a file's Origin", RequestBytes.upgrade("GET / HTTP/1.1", "Origin: null"), 403, "Origin not allowed"),
        .init("an empty Origin", RequestBytes.upgrade("GET / HTTP/1.1", "Origin:"), 403, "Origin not allowed"),
        .init(
            "two Origins",
            RequestBytes.upgrade("GET / HTTP/1.1", "Origin: https://chat.example", "Origin: https://chat.example"),
            400, "more than one Origin header"),
    ]

    static let bodies: [RequestBytes] = [
        .init("no body", RequestBytes.upgrade("GET / HTTP/1.1", "Content-Length: 0"), 101),
        .init(
            "a body", RequestBytes.upgrade("GET / HTTP/1.1", "Content-Length: 5") + Array("hello".utf8), 400,
            "an upgrade has no body"),
        .init(
            "a body in chunks",
            RequestBytes.upgrade("GET / HTTP/1.1", "Transfer-Encoding: chunked") + Array("0\r\n\r\n".utf8), 400,
            "an upgrade has no body"),
        .init(
            "a body of two lengths",
            RequestBytes.plain("POST / HTTP/1.1", "Host: 127.0.0.1", "Content-Length: 5", "Content-Length: 6"),
            400, "more than one Content-Length header"),
        .init(
            "the same length twice", RequestBytes.upgrade("GET / HTTP/1.1", "Content-Length: 0", "Content-Length: 0"),
            400, "more than one Content-Length header"),
        .init(
            "lengths in a list", RequestBytes.upgrade("GET / HTTP/1.1", "Content-Length: 0, 0"), 400,
            "invalid Content-Length header"),
        .init(
            "a length with a sign", RequestBytes.upgrade("GET / HTTP/1.1", "Content-Length: +0"), 400,
            "invalid Content-Length header"),
        .init(
            "a length in hexadecimal", RequestBytes.plain("POST / HTTP/1.1", "Host: 127.0.0.1", "Content-Length: 0x5"),
            400, "invalid Content-Length header"),
        .init(
            "a length that no number holds",
            RequestBytes.plain("POST / HTTP/1.1", "Host: 127.0.0.1", "Content-Length: 99999999999999999999"), 400,
            "invalid Content-Length header"),
        .init(
            "a length and chunks",
            RequestBytes.plain("POST / HTTP/1.1", "Host: 127.0.0.1", "Content-Length: 5", "Transfer-Encoding: chunked"),
            400,
            "both Content-Length and Transfer-Encoding"),
        .init(
            "chunks and a length, to a GET",
            RequestBytes.plain("GET / HTTP/1.1", "Host: 127.0.0.1", "Transfer-Encoding: chunked", "Content-Length: 0"),
            400,
            "both Content-Length and Transfer-Encoding"),
        .init(
            "chunks in HTTP/1.0",
            RequestBytes.plain("POST / HTTP/1.0", "Host: 127.0.0.1", "Transfer-Encoding: chunked"), 400,
            "Transfer-Encoding in HTTP/1.0"),
        .init(
            "a body that waits to be asked for",
            RequestBytes.plain("POST / HTTP/1.1", "Host: 127.0.0.1", "Content-Length: 5", "Expect: 100-continue"), 405,
            "Only GET is served here"),
        .init(
            "an upgrade that waits to be asked for nothing",
            RequestBytes.upgrade("GET / HTTP/1.1", "Expect: 100-Continue"), 101),
        .init(
            "another expectation", RequestBytes.upgrade("GET / HTTP/1.1", "Expect: 200-ok"), 417,
            "only 100-continue may be expected"),
    ]

    static let forms: [RequestBytes] = [
        .init("HTTP/1.0", RequestBytes.upgrade("GET / HTTP/1.0"), 400, "a WebSocket needs HTTP/1.1"),
        .init(
            "HTTP/1.0 without an upgrade", RequestBytes.plain("GET / HTTP/1.0", "Host: 127.0.0.1"), 404,
            "Not Found: this is a WebSocket server"),
        .init("HTTP/2", RequestBytes.upgrade("GET / HTTP/2.0"), 505, "only HTTP/1.1 is spoken here"),
        .init("HTTP/0.9", RequestBytes.plain("GET /"), 400, "invalid request target"),
        .init("two spaces", RequestBytes.upgrade("GET  / HTTP/1.1"), 400, "invalid request target"),
        .init("a tab for a space", RequestBytes.upgrade("GET\t/ HTTP/1.1"), 400, "not an HTTP request"),
        .init("a space behind the version", RequestBytes.upgrade("GET / HTTP/1.1 "), 400, "invalid HTTP version"),
        .init("a fragment", RequestBytes.upgrade("GET /#a HTTP/1.1"), 400, "invalid request target"),
        .init("a NUL in the target", RequestBytes.upgrade("GET /\0 HTTP/1.1"), 400, "invalid request target"),
        .init("a NUL in a name", RequestBytes.upgrade("GET / HTTP/1.1", "X\0: a"), 400, "invalid header name"),
        .init(
            "a NUL in a value", RequestBytes.upgrade("GET / HTTP/1.1", "X: a\0b"), 400, "control character in a header"),
        .init("a CR alone", RequestBytes.upgrade("GET / HTTP/1.1", "X: a\rb"), 400, "line break without line feed"),
        .init(
            "an LF alone", RequestBytes.upgrade("GET / HTTP/1.1", "X: a\nHost: b"), 400, "control character in a header"
        ),
        .init(
            "an LF behind the first line", Array("GET / HTTP/1.1\nHost: 127.0.0.1\n\n".utf8), 400,
            "invalid HTTP version"),
        .init("a line folded", RequestBytes.upgrade("GET / HTTP/1.1", "X: a", " b"), 400, "invalid header line"),
        .init(
            "a line folded by a tab", RequestBytes.upgrade("GET / HTTP/1.1", "X: a", "\tb"), 400, "invalid header line"),
        .init("a space before the first name", RequestBytes.upgrade(first: [" X: a"]), 400, "invalid header line"),
        .init(
            "a space before the colon", RequestBytes.upgrade("GET / HTTP/1.1", "Transfer-Encoding : chunked"), 400,
            "invalid header name"),
        .init(
            "a tab before the colon", RequestBytes.upgrade("GET / HTTP/1.1", "Content-Length\t: 5"), 400,
            "invalid header name"),
        .init("no name", RequestBytes.upgrade("GET / HTTP/1.1", ": a"), 400, "invalid header line"),
        .init("no colon", RequestBytes.upgrade("GET / HTTP/1.1", "X"), 400, "invalid header name"),
        .init("a name that is not ASCII", RequestBytes.upgrade("GET / HTTP/1.1", "Ü: a"), 400, "invalid header line"),
        .init("a method without an end", Array(repeating: UInt8(ascii: "G"), count: 64), 400, "not an HTTP request"),
        .init("a target without an end", Array("GET /\(long)".utf8), 431, "request header over 8192 bytes"),
        .init(
            "a name without an end", RequestBytes.upgrade("GET / HTTP/1.1", long + ": a"), 431,
            "request header over 8192 bytes"),
        .init(
            "a value without an end", RequestBytes.upgrade("GET / HTTP/1.1", "Cookie: " + long), 431,
            "request header over 8192 bytes"),
        .init(
            "too many lines", RequestBytes.upgrade(first: (0..<60).map { "X: \($0)" }), 431,
            "request header over 64 lines"),
    ]

    static let fields: [RequestBytes] = [
        .init("no Upgrade", RequestBytes.upgrade(without: "Upgrade"), 404, "Not Found: this is a WebSocket server"),
        .init(
            "another Upgrade", RequestBytes.upgrade(without: "Upgrade", "Upgrade: h2c"), 404,
            "Not Found: this is a WebSocket server"),
        .init("no Connection", RequestBytes.upgrade(without: "Connection"), 400, "no Upgrade in the Connection header"),
        .init(
            "no key", RequestBytes.upgrade(without: "Sec-WebSocket-Key"), 400,
            "Sec-WebSocket-Key has to be 16 bytes in base64"),
        .init(
            "a key of 9,000 bytes' start",
            RequestBytes.upgrade(without: "Sec-WebSocket-Key", "Sec-WebSocket-Key: " + long.prefix(500)), 400,
            "Sec-WebSocket-Key has to be 16 bytes in base64"),
        .init(
            "two keys", RequestBytes.upgrade("GET / HTTP/1.1", "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=="), 400,
            "more than one Sec-WebSocket-Key header"),
        .init(
            "no version", RequestBytes.upgrade(without: "Sec-WebSocket-Version"), 426,
            "only version 13 of WebSocket is spoken here"),
        .init(
            "a version of 500 digits",
            RequestBytes.upgrade(
                without: "Sec-WebSocket-Version", "Sec-WebSocket-Version: " + String(repeating: "1", count: 500)), 426,
            "only version 13 of WebSocket is spoken here"),
        .init(
            "two versions", RequestBytes.upgrade("GET / HTTP/1.1", "Sec-WebSocket-Version: 13"), 400,
            "more than one Sec-WebSocket-Version header"),
        .init("POST", RequestBytes.upgrade("POST / HTTP/1.1"), 405, "a WebSocket begins with GET"),
        .init("another path", RequestBytes.upgrade("GET /../ws HTTP/1.1"), 404, "no WebSocket at this path"),
        .init("an encoded path", RequestBytes.upgrade("GET /%77s HTTP/1.1"), 404, "no WebSocket at this path"),
    ]

    private let server = EmbeddedServer([PipelinePlan.Entry(Broadcast.self)], origins: ["https://chat.example"])

    /// What comes of the bytes in pieces that end at these places; frames as what they are called.
    private func answer(to bytes: [UInt8], cuts: [Int] = []) throws -> [String] {
        let client = try server.connect()
        defer { client.disconnect() }
        var start = 0
        for cut in cuts + [bytes.count] {
            try client.send(Array(bytes[start..<cut]))
            start = cut
        }
        let head = client.http()
        return [head] + client.frames().map { $0.closeCode.map { "close \($0)" } ?? $0.text }
    }

    private func check(_ request: RequestBytes) throws {
        let whole = try answer(to: request.bytes)
        #expect(whole[0].hasPrefix("HTTP/1.1 \(request.status) "), "\(whole[0])")
        if let reason = request.reason { #expect(whole[0].hasSuffix("\r\n\r\n\(reason)\n"), "\(whole[0])") }
        let step = request.bytes.count > 1_000 ? 499 : 1
        for cut in stride(from: 1, to: request.bytes.count, by: step) {
            let split = try answer(to: request.bytes, cuts: [cut])
            #expect(split == whole, "cut at \(cut)")
        }
        let slow = try answer(to: request.bytes, cuts: Array(1..<request.bytes.count))
        #expect(slow == whole, "byte by byte")
        #expect(server.usersOnline == 0)
    }

    @Test("whom a request is for, and from whose page", arguments: whose)
    func place(request: RequestBytes) throws { try check(request) }

    @Test("what would be a body", arguments: bodies)
    func body(request: RequestBytes) throws { try check(request) }

    @Test("the form of lines", arguments: forms)
    func form(request: RequestBytes) throws { try check(request) }

    @Test("what an upgrade needs", arguments: fields)
    func field(request: RequestBytes) throws { try check(request) }

    @Test("what comes behind an upgrade in the same bytes is frames, and no second request")
    func pipelined() throws {
        let upgrade = RequestBytes.upgrade()
        let post = ClientFrame.text(#"{"type":"message","content":"x","ref":1}"#)
        for (behind, answers) in [
            (post + post, ["ack", "ack"]), (upgrade, ["close 1002"]), (post + upgrade, ["ack", "close 1002"]),
        ] {
            let bytes = upgrade + behind
            for cut in 1..<bytes.count {
                let said = try answer(to: bytes, cuts: [cut])
                #expect(said[0].hasPrefix("HTTP/1.1 101 ") && said[0].hasSuffix("\r\n\r\n"))
                #expect(said.dropFirst().map { $0.contains(#""ack""#) ? "ack" : $0 } == answers, "cut at \(cut)")
            }
        }
    }

    @Test("what comes behind a refused request is not looked at, and nothing is answered twice")
    func refusedOnce() throws {
        let refused = RequestBytes.upgrade("POST / HTTP/1.1")
        for behind in [refused, RequestBytes.upgrade(), ClientFrame.text("{}"), [0, 1, 2]] {
            #expect(try answer(to: refused + behind) == answer(to: refused))
        }
    }
}
