/// What the peer did wrong, as the close frame and the log say it.
///
/// It is final: after a fault the connection is closed with `code` and nothing more is read.
public struct WebSocketFault: Error, Equatable, Sendable {
    public let code: CloseCode
    /// At most 123 bytes, the room a close frame has (RFC 6455, section 5.5).
    public let reason: String

    public init(code: CloseCode, reason: String) {
        assert(reason.utf8.count <= FrameEncoder.maxCloseReasonBytes)
        self.code = code
        self.reason = reason
    }
}

/// Every fault the frame decoder knows, in one table.
extension WebSocketFault {
    static let reservedBits = violation("reserved bits set without an extension")
    static let compressedBit = violation("compressed bit set on a control or continuation frame")
    static let reservedOpcode = violation("reserved opcode")
    static let notMasked = violation("frame from a client not masked")
    static let fragmentedControl = violation("control frame fragmented")
    static let longControl = violation("control frame over 125 bytes")
    static let nothingToContinue = violation("continuation frame without a message to continue")
    static let messageUnfinished = violation("new message before the last fragment of the previous one")
    static let lengthNotMinimal = violation("payload length not in the shortest form")
    static let lengthTooLong = violation("payload length of more than 63 bits")
    static let oneByteClose = violation("close frame with one byte of payload")
    static let closeCode = violation("close code not allowed")

    static let notDeflated = WebSocketFault(
        code: .invalidPayload, reason: "compressed message is not valid deflate data")
    static let textNotUTF8 = WebSocketFault(code: .invalidPayload, reason: "text is not valid UTF-8")
    static let reasonNotUTF8 = WebSocketFault(code: .invalidPayload, reason: "close reason is not valid UTF-8")

    static func frameTooBig(limit: Int) -> WebSocketFault {
        WebSocketFault(code: .messageTooBig, reason: "message over \(limit) bytes")
    }

    static func tooManyFragments(limit: Int) -> WebSocketFault {
        WebSocketFault(code: .policyViolation, reason: "message in more than \(limit) fragments")
    }

    private static func violation(_ reason: String) -> WebSocketFault {
        WebSocketFault(code: .protocolError, reason: reason)
    }
}
