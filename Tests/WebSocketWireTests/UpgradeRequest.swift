import NIOCore

@testable import WebSocketWire

/// The request of RFC 6455, section 1.2, with what a case changes about it.
struct UpgradeRequest: Sendable, CustomStringConvertible {
    private var line = "GET / HTTP/1.1"
    private var fields: [(String, String)] = [
        ("Host", "127.0.0.1:8080"), ("Upgrade", "websocket"), ("Connection", "Upgrade"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="), ("Sec-WebSocket-Version", "13"),
    ]

    var description: String { line + "\r\n" + fields.map { "\($0): \($1)\r\n" }.joined() + "\r\n" }

    static func line(_ line: String) -> UpgradeRequest {
        var request = UpgradeRequest()
        request.line = line
        return request
    }

    /// With one value in place of those that the field has.
    static func with(_ name: String, _ value: String) -> UpgradeRequest { UpgradeRequest().with(name, value) }

    func with(_ name: String, _ value: String) -> UpgradeRequest {
        var request = without(name)
        request.fields.append((name, value))
        return request
    }

    /// With a field more, whether or not there is one of that name.
    static func adding(_ name: String, _ value: String) -> UpgradeRequest { UpgradeRequest().adding(name, value) }

    func adding(_ name: String, _ value: String) -> UpgradeRequest {
        var request = self
        request.fields.append((name, value))
        return request
    }

    static func without(_ name: String) -> UpgradeRequest { UpgradeRequest().without(name) }

    func without(_ name: String) -> UpgradeRequest {
        var request = self
        request.fields.removeAll { $0.0 == name }
        return request
    }

    /// What the server answers: a status, or nil when the request is no upgrade and HTTP's to answer.
    func status(_ rules: Handshake.Rules) -> HTTPStatus? {
        var input = ByteBuffer(string: description)
        var parser = RequestHeadParser()
        do {
            guard let head = try parser.next(&input) else { return .requestTimeout }
            switch Handshake.evaluate(head, rules: rules) {
            case .notAnUpgrade: return nil
            case .accept: return .switchingProtocols
            case .refuse(let fault, _): return fault.status
            }
        } catch {
            return error.status
        }
    }
}
