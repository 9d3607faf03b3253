import HandlerKit
import HandlerTesting
import Handlers
import RouterCore
import WebSocketWire

/// Each kind of close that the router has.
enum Closings {
    static let all: [Closing] =
        [
            .answered(.normal), .shuttingDown, .serverFull(limit: 1), .tooManyConnections(limit: 1), .slowMessage,
            .badMessages(limit: 1, actual: 1), .slowReader,
            .noPong, .replaced, .unavailable,
            .tooLarge(limit: 1), fault(.protocolError), fault(.invalidPayload), fault(.messageTooBig),
            fault(.policyViolation),
        ] + rateLimit

    private static func fault(_ code: CloseCode) -> Closing { Closing(WebSocketFault(code: code, reason: "")) }

    /// Closed by a handler: the one that may.
    private static var rateLimit: [Closing] {
        let limits = [("burst", "1"), ("max_refused", "1")].map { name, value in
            SettingInput.Pair(key: name, value: .scalar(value, quoted: false))
        }
        let router = HandlerHarness([.init(RateLimit.self, settings: limits), .init(Broadcast.self)])
        let client = router.join()
        for _ in 1...2 { router.post(#"{"type":"message","content":"hi"}"#, from: client) }
        router.endTurn()
        return router.sink.closings[client].map { [$0] } ?? []
    }
}
