import NIOCore

/// The text or binary message that is arriving: its bytes so far, or, when it is too large, only their count.
struct MessageAssembly: Sendable {
    /// `text` or `binary`; nil between messages.
    private(set) var opcode: Opcode?
    /// Bytes that the headers so far have announced.
    private var announced = 0
    private var fragments = 0
    private var isTooLarge = false
    private var isCompressed = false
    private var utf8 = UTF8Validator()
    private var bytes = ByteBuffer()

    var isUnderWay: Bool { opcode != nil }

    /// Bytes of memory that the buffer takes up.
    var heldBytes: Int { bytes.storageCapacity }

    /// Takes a data frame's header, and refuses the frame before its payload arrives when a limit is passed.
    mutating func begin(_ header: FrameHeader, limits: FrameDecoder.Limits) throws(WebSocketFault) {
        if opcode == nil { start(header) }
        fragments &+= 1
        guard fragments <= limits.maxFragments else { throw .tooManyFragments(limit: limits.maxFragments) }
        guard header.payloadLength <= limits.maxFrameBytes &- announced else {
            throw .frameTooBig(limit: limits.maxFrameBytes)
        }
        announced &+= header.payloadLength
        if announced > (isCompressed ? limits.maxCompressedBytes : limits.maxMessageBytes) {
            isTooLarge = true
            release()
        }
    }

    private mutating func start(_ header: FrameHeader) {
        opcode = header.opcode
        isCompressed = header.isCompressed
        announced = 0
        fragments = 0
        isTooLarge = false
        utf8 = UTF8Validator()
        // A caller that kept the last message keeps its storage; otherwise it is used again.
        bytes.clear()
    }

    /// Takes the next masked bytes of the payload.
    mutating func append(_ masked: UnsafeRawBufferPointer, _ key: MaskingKey) throws(WebSocketFault) {
        guard let source = masked.baseAddress, !masked.isEmpty else { return }
        let isValid = isTooLarge ? checkOnly(masked, key) : keep(source, key, count: masked.count)
        guard isValid else { throw .textNotUTF8 }
    }

    /// Whether what comes is to be UTF-8 as it is.
    private var isPlainText: Bool { opcode == .text && !isCompressed }

    private mutating func keep(_ source: UnsafeRawPointer, _ key: MaskingKey, count: Int) -> Bool {
        var isValid = true
        let isText = isPlainText
        bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { space in
            let target = space.baseAddress!
            let isASCII = key.unmask(source, into: target, count: count)
            if isText, !(isASCII && utf8.isComplete) {
                isValid = utf8.validate(UnsafeRawBufferPointer(start: target, count: count))
            }
            return count
        }
        return isValid
    }

    /// Checks the UTF-8 of a text that is not kept, a piece at a time.
    private mutating func checkOnly(_ masked: UnsafeRawBufferPointer, _ key: MaskingKey) -> Bool {
        guard isPlainText else { return true }
        return withUnsafeTemporaryAllocation(byteCount: 1_024, alignment: 8) { piece in
            var offset = 0
            while offset < masked.count {
                let count = min(piece.count, masked.count &- offset)
                _ = key.advanced(by: offset).unmask(
                    masked.baseAddress! + offset, into: piece.baseAddress!, count: count)
                guard utf8.validate(UnsafeRawBufferPointer(rebasing: piece[..<count])) else { return false }
                offset &+= count
            }
            return true
        }
    }

    /// Ends the message.
    ///
    /// - Parameter inflater: for one that is compressed.
    mutating func finish(_ limits: FrameDecoder.Limits, _ inflater: Inflater?) throws(WebSocketFault) -> WebSocketEvent
    {
        guard let opcode else { preconditionFailure("a message ends that never began") }
        self.opcode = nil
        if isCompressed, !isTooLarge, let inflater { return try inflated(opcode, limits, inflater) }
        guard opcode == .binary || utf8.isComplete else { throw .textNotUTF8 }
        if isTooLarge { return .tooLarge(opcode, bytes: announced) }
        return opcode == .text ? .text(bytes) : .binary(bytes)
    }

    private func inflated(
        _ opcode: Opcode, _ limits: FrameDecoder.Limits, _ inflater: Inflater
    ) throws(WebSocketFault) -> WebSocketEvent {
        let outcome = try bytes.withUnsafeReadableBytes { (bytes) throws(WebSocketFault) in
            try inflater.inflate(bytes, isText: opcode == .text, limits: limits)
        }
        switch outcome {
        case .message(let bytes): return opcode == .text ? .text(bytes) : .binary(bytes)
        case .tooLarge(let bytes): return .tooLarge(opcode, bytes: bytes)
        }
    }

    /// Gives the memory back.
    mutating func release() {
        if bytes.storageCapacity > 0 { bytes = ByteBuffer() }
    }
}

extension FrameDecoder.Limits {
    /// What a message of `maxMessageBytes` comes to at worst: zlib's own bound, for any of its settings.
    fileprivate var maxCompressedBytes: Int {
        maxMessageBytes + (maxMessageBytes + 7) / 8 + (maxMessageBytes + 63) / 64 + 5
    }
}
