import NIOCore
import RouterCore
import WebSocketWire

/// How a connection begins: with a request head that is answered by an upgrade, or by something else and the end.
extension Connection {
    func answer(_ head: RequestHead) {
        let rules = loop.handshakeRules
        if let fault = rules.refusal(host: head.headers.first("Host")) { return refuse(HTTPResponse(fault)) }
        switch Handshake.evaluate(head, rules: rules) {
        case .accept(let response, let compression):
            if let compression {
                decoder = FrameDecoder(limits: loop.options.frameLimits, inflater: loop.inflater)
                loop.compress(for: self, compression)
            }
            enter(.open)
            outbox.add(response)
            isGreeting = true
            loop.noteGreeting(self)
            let returning = head.asksToResume ? loop.gate.countReturning() : nil
            loop.hand(.opened(number, address: address, network, returning: returning))
        case .refuse(let fault, let headers):
            refuse(HTTPResponse(fault, headers: headers))
        case .notAnUpgrade:
            refuse(plainAnswer(to: head), isHead: head.method == "HEAD")
        }
    }

    /// P29: there is nothing here for plain HTTP yet.
    private func plainAnswer(to head: RequestHead) -> HTTPResponse {
        guard head.method == "GET" || head.method == "HEAD" else {
            return HTTPResponse(
                HTTPFault(status: .methodNotAllowed, reason: "Only GET is served here"), headers: ["Allow": "GET, HEAD"]
            )
        }
        return HTTPResponse(HTTPFault(status: .notFound, reason: "Not Found: this is a WebSocket server"))
    }

    func refuse(_ response: HTTPResponse, isHead: Bool = false) {
        enter(.ended)
        // Only our side: closing with unread bytes would reset the connection, and the answer could get lost.
        sendLast(response.encoded(isHead: isHead), then: .closeOutput)
    }
}

extension RequestHead {
    /// P46: the name alone; what resumes a session stands in no URL.
    fileprivate var asksToResume: Bool {
        query?.split(separator: "&").contains { $0 == "resume" || $0.hasPrefix("resume=") } ?? false
    }
}
