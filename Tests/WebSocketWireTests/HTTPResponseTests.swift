import NIOCore
import Testing

@testable import WebSocketWire

@Suite struct HTTPResponseTests {
    @Test("a response tells its length and that the connection ends")
    func whole() {
        #expect(
            String(buffer: HTTPResponse(.notFound, headers: ["X-A": "b"], body: "nö\n").encoded())
                == "HTTP/1.1 404 Not Found\r\nX-A: b\r\nContent-Type: text/plain; charset=utf-8\r\n"
                + "Content-Length: 4\r\nConnection: close\r\n\r\nnö\n")
    }

    @Test("the answer to HEAD is the same without the body")
    func head() {
        let response = HTTPResponse(.ok, body: "hello")
        let full = String(buffer: response.encoded())
        #expect(String(buffer: response.encoded(isHead: true)) + "hello" == full)
    }

    @Test("a fault's reason is the body of its answer, and Upgrade is named in Connection")
    func fault() {
        let fault = HTTPFault(status: .upgradeRequired, reason: "why")
        let text = String(buffer: HTTPResponse(fault, headers: ["Upgrade": "websocket"]).encoded())
        #expect(text.hasPrefix("HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\n"))
        #expect(text.hasSuffix("\r\nConnection: close, Upgrade\r\n\r\nwhy\n"))
    }

    @Test("every status has its phrase", arguments: HTTPStatus.allCases)
    func phrases(status: HTTPStatus) {
        #expect(
            String(buffer: HTTPResponse(status).encoded()).hasPrefix(
                "HTTP/1.1 \(status.rawValue) \(status.reasonPhrase)"))
        #expect(!status.reasonPhrase.isEmpty)
    }
}

@Suite struct HeaderFieldsTests {
    private let fields = HeaderFields([
        .init("Accept", "a, b;q=1 ,,c"), .init("Other", "x"), .init("ACCEPT", "\td "), .init("accept", ""),
    ])

    @Test("a field is found whatever the case of its name, all its values in order")
    func values() {
        #expect(fields.values("aCCept") == ["a, b;q=1 ,,c", "\td ", ""])
        #expect(fields.first("other") == "x")
        #expect(fields.first("missing") == nil)
        #expect(fields.values("missing").isEmpty)
    }

    @Test("a list goes on over commas and lines, without empty members")
    func list() {
        #expect(fields.list("Accept") == ["a", "b;q=1", "c", "d"])
        #expect(fields.contains("accept", token: "D"))
        #expect(!fields.contains("accept", token: "b"))
    }

    @Test("only ASCII letters are alike in both cases")
    func cases() {
        #expect("AZaz".equalsIgnoringCase("azAZ"))
        #expect(!"@[`{".equalsIgnoringCase("`{@["))
        #expect(!"K".equalsIgnoringCase("\u{212A}"))
        #expect(!"é".equalsIgnoringCase("É"))
    }
}
