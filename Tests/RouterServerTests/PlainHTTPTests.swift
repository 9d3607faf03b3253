import Handlers
import RouterCore
import TestSupport
import Testing

@Suite("P29, P51: HTTP on the same port")
struct PlainHTTPTests {
    private let server = EmbeddedServer([PipelinePlan.Entry(Broadcast.self)], origins: ["https://chat.example"])

    private func answer(_ request: String) throws -> (text: String, client: EmbeddedClient) {
        let client = try server.connect()
        try client.send(Array(request.utf8))
        return (client.http(), client)
    }

    @Test("a plain GET is answered 404 and a short text, and the output side is closed, not the connection")
    func get() throws {
        let (text, client) = try answer("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        #expect(text.hasPrefix("HTTP/1.1 404 Not Found\r\n"))
        #expect(text.contains("Content-Length: 38\r\n"))
        #expect(text.hasSuffix("\r\n\r\nNot Found: this is a WebSocket server\n"))
        #expect(client.socket.isOutputClosed && client.isOpen)
        #expect(server.usersOnline == 0)
    }

    @Test("HEAD is answered as GET, without the body")
    func head() throws {
        let (text, _) = try answer("HEAD /x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        #expect(text.hasPrefix("HTTP/1.1 404 "))
        #expect(text.contains("Content-Length: 38\r\n"))
        #expect(text.hasSuffix("\r\n\r\n"))
    }

    @Test(
        "other methods are answered 405, and what they may be", arguments: ["POST", "PUT", "DELETE", "OPTIONS", "get"])
    func methods(method: String) throws {
        let (text, _) = try answer("\(method) / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        #expect(text.hasPrefix("HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\n"))
    }

    @Test("a body behind a refused request is thrown away: it is no frame, and does not cut off the answer")
    func body() throws {
        let (text, client) = try answer("POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\nsome text")
        #expect(text.hasPrefix("HTTP/1.1 405 "))
        #expect(client.isOpen)
        try client.send(Array("more of it".utf8))
        try client.send(ClientFrame.close())
        #expect(client.isOpen)
        server.pass(.seconds(5))
        #expect(!client.isOpen)
    }

    @Test(
        "bytes that are no HTTP are answered 400 at the first wrong one",
        arguments: ["\u{16}\u{3}\u{1}", "SSH-2.0-x\r\n", "{\"type\":1}"])
    func noise(bytes: String) throws {
        let (text, client) = try answer(bytes)
        #expect(text.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        #expect(client.isOpen && client.socket.isOutputClosed)
    }

    private static let headers = [
        "Host": "127.0.0.1:8080", "Upgrade": "websocket", "Connection": "Upgrade",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13",
    ]

    private func upgrade(_ line: String = "GET / HTTP/1.1", changing changes: [String: String?] = [:]) throws -> String
    {
        var headers = Self.headers
        for (name, value) in changes { headers[name] = value }
        let fields = headers.sorted { $0.key < $1.key }.map { "\($0): \($1)\r\n" }.joined()
        return try answer("\(line)\r\n\(fields)\r\n").text
    }

    @Test("an upgrade is taken on / and /ws, from no origin, the same host, loopback, and those allowed")
    func accepted() throws {
        for line in ["GET / HTTP/1.1", "GET /ws HTTP/1.1", "GET /?resume HTTP/1.1"] {
            #expect(try upgrade(line).hasPrefix("HTTP/1.1 101 Switching Protocols\r\n"))
        }
        for origin in ["http://127.0.0.1:8080", "http://localhost:3000", "https://chat.example"] {
            #expect(try upgrade(changing: ["Origin": origin]).hasPrefix("HTTP/1.1 101 "))
        }
        #expect(server.usersOnline == 5, "one of them has not said what it wants to resume")
    }

    @Test("a wrong upgrade gets its status, and nobody is admitted")
    func refused() throws {
        #expect(try upgrade("POST / HTTP/1.1").hasPrefix("HTTP/1.1 405 "))
        #expect(try upgrade("GET /other HTTP/1.1").hasPrefix("HTTP/1.1 404 "))
        #expect(try upgrade("GET / HTTP/1.0").hasPrefix("HTTP/1.1 400 "))
        #expect(try upgrade(changing: ["Connection": nil]).hasPrefix("HTTP/1.1 400 "))
        #expect(try upgrade(changing: ["Sec-WebSocket-Key": "c2hvcnQ="]).hasPrefix("HTTP/1.1 400 "))
        #expect(try upgrade(changing: ["Sec-WebSocket-Key": nil]).hasPrefix("HTTP/1.1 400 "))
        let old = try upgrade(changing: ["Sec-WebSocket-Version": "8"])
        #expect(old.hasPrefix("HTTP/1.1 426 ") && old.contains("Sec-WebSocket-Version: 13\r\n"))
        for origin in ["null", "https://evil.example", "http://127.0.0.1.evil.example"] {
            #expect(try upgrade(changing: ["Origin": origin]).hasPrefix("HTTP/1.1 403 "))
        }
        #expect(try upgrade(changing: ["Host": "evil.example"]).hasPrefix("HTTP/1.1 403 "))
        #expect(server.usersOnline == 0)
    }

    @Test("a name that leads here is no reason to answer a plain request either")
    func foreignHost() throws {
        let (text, _) = try answer("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n")
        #expect(text.hasPrefix("HTTP/1.1 403 "))
    }
}
