import NIOCore
import Testing

@testable import WebSocketWire

@Suite struct HandshakeTests {
    typealias Case = (UpgradeRequest, HTTPStatus?)

    private static let loopback = Handshake.Rules(
        origins: OriginPolicy(allowed: ["null", "https://chat.example"]), listensOnLoopback: true)
    private static let open = Handshake.Rules(origins: OriginPolicy(), listensOnLoopback: false)

    private func check(_ cases: [Case], _ rules: Handshake.Rules = loopback) {
        for (request, status) in cases {
            #expect(request.status(rules) == status, "\(request)")
        }
    }

    @Test("P51: an upgrade is taken on / and /ws, by GET over HTTP/1.1")
    func requestLine() {
        check([
            (.line("GET / HTTP/1.1"), .switchingProtocols),
            (.line("GET /ws HTTP/1.1"), .switchingProtocols),
            (.line("GET /?resume HTTP/1.1"), .switchingProtocols),
            (.line("GET /ws?a=b?c HTTP/1.1"), .switchingProtocols),
            (.line("GET http://127.0.0.1:8080/ws HTTP/1.1"), .switchingProtocols),
            (.line("GET HTTP://127.0.0.1 HTTP/1.1"), .switchingProtocols),
            (.line("GET ws://localhost?x HTTP/1.1"), .switchingProtocols),
            (.line("GET / HTTP/1.2"), .switchingProtocols),
            (.line("GET /ws/ HTTP/1.1"), .notFound),
            (.line("GET /WS HTTP/1.1"), .notFound),
            (.line("GET /%77s HTTP/1.1"), .notFound),
            (.line("GET //ws HTTP/1.1"), .notFound),
            (.line("GET /chat HTTP/1.1"), .notFound),
            (.line("POST / HTTP/1.1"), .methodNotAllowed),
            (.line("HEAD / HTTP/1.1"), .methodNotAllowed),
            (.line("get / HTTP/1.1"), .methodNotAllowed),
            (.line("GET / HTTP/1.0"), .badRequest),
            (.line("GET / HTTP/2.0"), .versionNotSupported),
            (.line("GET / HTTP/0.9"), .versionNotSupported),
            (.line("GET / http/1.1"), .badRequest),
            (.line("GET / HTTP/1.10"), .badRequest),
            (.line("GET / HTTP/11"), .badRequest),
            (.line("GET / HTTPS/1.1"), .badRequest),
            (.line("GET /"), .badRequest),
            (.line("GET  / HTTP/1.1"), .badRequest),
            (.line("GET /  HTTP/1.1"), .badRequest),
            (.line("GET / HTTP/1.1 "), .badRequest),
            (.line(" GET / HTTP/1.1"), .badRequest),
            (.line("GET\t/ HTTP/1.1"), .badRequest),
            (.line("GET /#top HTTP/1.1"), .badRequest),
            (.line("GET /ä HTTP/1.1"), .badRequest),
            (.line("GET * HTTP/1.1"), .badRequest),
            (.line("GET ws HTTP/1.1"), .badRequest),
            (.line("GET ftp://127.0.0.1/ HTTP/1.1"), .badRequest),
            (.line("GET http:///ws HTTP/1.1"), .badRequest),
            (.line("GET http://user@127.0.0.1/ HTTP/1.1"), .badRequest),
            (.line("CONNECT 127.0.0.1:8080 HTTP/1.1"), .badRequest),
            (.line("G(T / HTTP/1.1"), .badRequest),
        ])
    }

    @Test("Upgrade and Connection are lists of tokens in any case, and both are needed")
    func tokens() {
        check([
            (.with("Upgrade", "WebSocket"), .switchingProtocols),
            (.with("Upgrade", "h2c, websocket"), .switchingProtocols),
            (.with("Upgrade", "h2c").adding("upgrade", "WEBSOCKET"), .switchingProtocols),
            (.with("Upgrade", ",, websocket ,"), .switchingProtocols),
            (.with("Connection", "keep-alive, Upgrade"), .switchingProtocols),
            (.with("Connection", "upgrade,keep-alive"), .switchingProtocols),
            (.with("Connection", "keep-alive").adding("Connection", "UPGRADE"), .switchingProtocols),
            (.with("Connection", " \tUpgrade\t "), .switchingProtocols),
            (.without("Upgrade"), nil),
            (.with("Upgrade", ""), nil),
            (.with("Upgrade", "h2c"), nil),
            (.with("Upgrade", "websockets"), nil),
            (.with("Upgrade", "websocket/13"), nil),
            (.without("Connection"), .badRequest),
            (.with("Connection", "keep-alive"), .badRequest),
            (.with("Connection", "Upgraded"), .badRequest),
            (.with("Connection", "keep-alive Upgrade"), .badRequest),
        ])
    }

    @Test("the version is 13, and another one is told which it has to be")
    func version() throws {
        check([
            (.with("Sec-WebSocket-Version", " 13\t"), .switchingProtocols),
            (.without("Sec-WebSocket-Version"), .upgradeRequired),
            (.with("Sec-WebSocket-Version", "8"), .upgradeRequired),
            (.with("Sec-WebSocket-Version", "14"), .upgradeRequired),
            (.with("Sec-WebSocket-Version", "013"), .upgradeRequired),
            (.with("Sec-WebSocket-Version", "13, 8"), .upgradeRequired),
            (.with("Sec-WebSocket-Version", ""), .upgradeRequired),
            (.adding("Sec-WebSocket-Version", "13"), .badRequest),
        ])
        #expect(try answer(.with("Sec-WebSocket-Version", "8")).contains("\r\nSec-WebSocket-Version: 13\r\n"))
        #expect(try answer(.with("Sec-WebSocket-Version", "8")).contains("\r\nUpgrade: websocket\r\n"))
        #expect(try answer(.line("PUT / HTTP/1.1")).contains("\r\nAllow: GET\r\n"))
    }

    @Test("the key is there once and is 16 bytes in base64")
    func key() {
        check([
            (.with("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="), .switchingProtocols),
            (.with("Sec-WebSocket-Key", "++++////++++////++++/w=="), .switchingProtocols),
            (.without("Sec-WebSocket-Key"), .badRequest),
            (.with("Sec-WebSocket-Key", ""), .badRequest),
            (.with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ"), .badRequest),
            (.with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ="), .badRequest),
            (.with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==="), .badRequest),
            (.with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZTE="), .badRequest),
            (.with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQAA"), .badRequest),
            (.with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZ-=="), .badRequest),
            (.with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSB=b25jZQ=="), .badRequest),
            (.with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSB b25jZQ=="), .badRequest),
            (.adding("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="), .badRequest),
            (.adding("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA=="), .badRequest),
        ])
    }

    @Test("an upgrade announces no body")
    func body() {
        check([
            (.adding("Content-Length", "0"), .switchingProtocols),
            (.adding("Content-Length", "1"), .badRequest),
            (.adding("Content-Length", "0").adding("Content-Length", "5"), .badRequest),
            (.adding("Content-Length", "-0"), .badRequest),
            (.adding("Content-Length", ""), .badRequest),
            (.adding("Transfer-Encoding", "chunked"), .badRequest),
            (.adding("Transfer-Encoding", "identity"), .badRequest),
        ])
    }

    @Test("P51: on a loopback listener Host is an IP address or localhost")
    func loopbackHost() {
        let allowed = [
            "127.0.0.1", "127.0.0.1:8080", "localhost", "LocalHost:8080", "[::1]", "[::1]:8080", "192.168.1.5",
            "[fe80::1]",
            "127.0.0.1:",
        ]
        let forbidden = [
            "chat.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "127.1",
            "0x7f.0.0.1",
            "127.0.0.01", "256.0.0.1", "127.0.0.1.", "localhost.", "1.2.3", "...", "2130706433",
        ]
        check(allowed.map { (.with("Host", $0), .switchingProtocols) })
        check(forbidden.map { (.with("Host", $0), .forbidden) })
        check((allowed + forbidden).map { (.with("Host", $0), .switchingProtocols) }, Self.open)
        #expect(Self.loopback.refusal(host: "chat.example")?.status == .forbidden)
        #expect(Self.loopback.refusal(host: nil)?.status == .forbidden)
        #expect(Self.loopback.refusal(host: "localhost") == nil)
        #expect(Self.open.refusal(host: "chat.example") == nil)
    }

    @Test("an IPv6 address in Host is one by RFC 3986, section 3.2.2: eight groups, or fewer around one ::")
    func addressInBrackets() {
        let addresses = [
            "::", "::1", "1::", "1:2:3:4:5:6:7:8", "1::8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "ABCD:ef01::",
            "::127.0.0.1",
            "1:2:3:4:5:6:127.0.0.1", "::ffff:192.0.2.1", "1::127.0.0.1",
        ]
        let others = [
            ":", ":::", "1:2:3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", ":1:2:3:4:5:6:7", "1:2:3:4:5:6:7:",
            "1:2:3:4::5:6:7:8", "12345::", "g::", "::1.2.3", "::1.2.3.256", "::01.2.3.4", "1.2.3.4::",
            "1:2:3:4:5:6:7:1.2.3.4", "127.0.0.1", "::1%25lo", "v1.a:b", "", "...", "a.b:",
        ]
        check(addresses.map { (.with("Host", "[\($0)]:8080"), .switchingProtocols) })
        check(others.map { (.with("Host", "[\($0)]"), .badRequest) })
    }

    @Test("a whole address in the request line counts, and the Host header does not")
    func absoluteFormHost() {
        check([
            (.line("GET http://evil.example/ HTTP/1.1"), .forbidden),
            (.line("GET http://localhost/ HTTP/1.1").with("Host", "evil.example"), .switchingProtocols),
        ])
    }

    @Test("there is exactly one Host, and a valid one", arguments: [HandshakeTests.loopback, HandshakeTests.open])
    func host(rules: Handshake.Rules) {
        let wrong = [
            "", " ", "a b", "a:b", "a:99999", "a:80:80", "[::1", "::1", "[]", "[g::1]", "[::1]x", "user@a", "a/b",
            "a,b", "ä",
            "a:-1", "a:+1", "http://a",
        ]
        check(wrong.map { (.with("Host", $0), .badRequest) }, rules)
        check([(.without("Host"), .badRequest), (.adding("Host", "127.0.0.1:8080"), .badRequest)], rules)
        check([(.adding("host", "evil.example"), .badRequest)], rules)
    }

    @Test("P51: an Origin is the same host, loopback or listed, and there once")
    func origin() {
        check([
            (.adding("Origin", "http://127.0.0.1:8080"), .switchingProtocols),
            (.adding("Origin", "http://localhost:3000"), .switchingProtocols),
            (.adding("Origin", "null"), .switchingProtocols),
            (.adding("Origin", "https://chat.example"), .switchingProtocols),
            (.adding("Origin", "https://evil.example"), .forbidden),
            (.adding("Origin", ""), .forbidden),
            (.adding("Origin", "null").adding("Origin", "null"), .badRequest),
        ])
        check([(.adding("Origin", "null"), .forbidden)], Self.open)
    }

    @Test(
        "P27: what browsers and the tutorial's page send is accepted: their offer to compress is taken, protocols are not"
    )
    func browser() throws {
        let request = UpgradeRequest.with("Host", "localhost:8080").adding("Origin", "null")
            .adding("Pragma", "no-cache").adding("Cookie", "a=b; c=\"d\"").adding("User-Agent", "Mozilla/5.0 (X11)")
            .adding("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")
            .adding("Sec-WebSocket-Protocol", "chat, superchat")
        #expect(
            try answer(request)
                == "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
                + "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n"
                + "\r\n")
    }

    @Test("P29: a request without an upgrade is HTTP's to answer")
    func plainRequest() {
        check([
            (.without("Upgrade").without("Connection"), nil),
            (.line("GET /healthz HTTP/1.0").without("Upgrade").without("Host"), nil),
            (.line("POST /api/publish HTTP/1.1").without("Upgrade").adding("Content-Length", "5"), nil),
        ])
    }

    private func answer(_ request: UpgradeRequest) throws -> String {
        var input = ByteBuffer(string: request.description)
        var parser = RequestHeadParser()
        let head = try #require(try parser.next(&input))
        switch Handshake.evaluate(head, rules: Self.loopback) {
        case .notAnUpgrade: return ""
        case .accept(let response, _): return String(buffer: response)
        case .refuse(let fault, let headers): return String(buffer: HTTPResponse(fault, headers: headers).encoded())
        }
    }
}
