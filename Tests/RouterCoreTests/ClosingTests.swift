import HandlerKit
import NIOCore
@testable import RouterCore
import TestSupport
import Testing
import WebSocketWire

@Suite("P48 and P49: why connections are closed")
struct ClosingTests {
    private static let table: [(Closing, code: UInt16, error: ErrorCode, announced: Bool)] = [
        (.serverFull(limit: 1_000), 1013, .serverFull, true),
        (.shuttingDown, 1001, .shuttingDown, true),
        (.badMessages(limit: 100, actual: 100), 1008, .badMessages, true),
        (.slowReader, 4103, .slowReader, false),
        (.noPong, 4104, .noPong, false),
        (.answered(.normal), 1000, .internalError, false),
        (.answered(CloseCode(rawValue: 4999)), 4999, .internalError, false),
        (.tooLarge(limit: 10_240), 1009, .messageTooLarge, false),
        (Closing(WebSocketFault(code: .protocolError, reason: "reserved bits")), 1002, .badMessages, false),
        (Closing(WebSocketFault(code: .invalidPayload, reason: "UTF-8")), 1007, .badMessages, false),
        (Closing(WebSocketFault(code: .messageTooBig, reason: "size")), 1009, .badMessages, false),
        (Closing(WebSocketFault(code: .policyViolation, reason: "fragments")), 1008, .badMessages, true),
    ]

    @Test("each has the code of P48, and an error frame before it only where P49 has one", arguments: table.indices)
    func codes(index: Int) {
        let (closing, code, error, announced) = Self.table[index]
        #expect(closing.code.rawValue == code)
        #expect(closing.isAnnounced == announced)
        if announced { #expect(closing.error == error) }
        #expect(closing.message.utf8.count <= 123)
    }

    /// What a refusal that closes leads to; all others are a breach of policy.
    private static let refusals: [ErrorCode: UInt16] = [
        .rateLimited: 4101, .serverFull: 1013, .authFailed: 4001, .unauthorized: 4001, .authTimeout: 4002,
        .tokenExpired: 4006, .banned: 4004, .replaced: 4005, .tooManyConnections: 4102, .shuttingDown: 1001,
        .internalError: 1011, .unavailable: 1011,
    ]

    @Test("a refusal that closes has the close code of its error", arguments: ErrorCode.allCases)
    func refusal(code: ErrorCode) {
        let closing = Closing(Rejection(code, "No", retryAfterMilliseconds: 5, closing: .init(limit: 1, actual: 2)))
        #expect(closing.code.rawValue == Self.refusals[code] ?? 1008)
        #expect(closing.error == code)
        #expect(closing.isAnnounced)
        #expect(closing.retryAfterMilliseconds == 5)
    }

    @Test("the error frame says the code, the close code, when to come back, the limit and the actual value")
    func content() throws {
        let router = TestRouter([Fail.self])
        let sender = router.join()
        let said = try router.ask(#"{"type":"fail","content":"x","how":"closing","ref":"r"}"#, from: sender)
        #expect(
            said.map(\.text) == [
                #"{"type":"error","ref":"r","content":{"message":"Enough","code":"rate_limited","close":4101,"limit":3,"actual":4},"timestamp":1767323045}"#
            ])
        #expect(router.sink.closings[sender]?.code == .rateLimited)
    }

    @Test("a reason that is too long for a close frame is cut at a character's end", arguments: 0...4)
    func longReason(offset: Int) throws {
        let message = String(repeating: "a", count: offset) + String(repeating: "🇫🇷", count: 30)
        let closing = Closing(Rejection(.banned, message, closing: .init(limit: 0, actual: 1)))
        var bytes = FrameEncoder.close(closing.code, reason: closing.message)
        let frame = try #require(ServerFrame.take(from: &bytes).first)
        #expect(frame.payload.count <= 125)
        #expect(message.hasPrefix(frame.closeReason))
        #expect(frame.closeReason.utf8.count > 115)
    }
}
