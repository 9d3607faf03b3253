import NIOCore

/// The text or binary message that is arriving: its bytes so far, or, when it is too large, only their count.
struct MessageAssembly {
    /// `text` or `binary`; nil between messages.
    private(set) var opcode: Opcode?
    /// Bytes that the headers so far have announced.
    private var announced = 0
    private var fragments = 0
    private var isTooLarge = false
    private var isCompressed = false
    private var utf8 = UTF8Validator()
    /// As they came, compressed or not.
    private var bytes = ByteBuffer()
    /// What looks at a compressed message that is too large.
    private var overlong: OverlongMessage?
    /// Whether what comes is not looked at.
    private var isSkipping = false

    var isUnderWay: Bool { opcode != nil }

    /// Bytes of memory that the buffer takes up.
    var heldBytes: Int { bytes.storageCapacity }

    /// Takes a data frame's header, and refuses the frame before its payload arrives when a limit is passed.
    ///
    /// - Parameter inflater: for a message that is compressed.
    mutating func begin(
        _ header: FrameHeader, limits: FrameDecoder.Limits, _ inflater: Inflater?
    ) throws(WebSocketFault) {
        if opcode == nil { start(header) }
        if isSkipping { return }
        fragments &+= 1
        guard fragments <= limits.maxFragments else { throw .tooManyFragments(limit: limits.maxFragments) }
        guard header.payloadLength <= limits.maxFrameBytes &- announced else {
            throw .frameTooBig(limit: limits.maxFrameBytes)
        }
        announced &+= header.payloadLength
        guard !isTooLarge, announced > (isCompressed ? limits.maxCompressedBytes : limits.maxMessageBytes) else {
            return
        }
        isTooLarge = true
        if isCompressed { try follow(limits, inflater) }
        release()
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

    private mutating func follow(_ limits: FrameDecoder.Limits, _ inflater: Inflater?) throws(WebSocketFault) {
        overlong = inflater?.follow(isText: opcode == .text, limits: limits)
        try bytes.withUnsafeReadableBytes { (bytes) throws(WebSocketFault) in try overlong?.append(bytes) }
    }

    /// Takes the next masked bytes of the payload.
    mutating func append(_ masked: UnsafeRawBufferPointer, _ key: MaskingKey) throws(WebSocketFault) {
        guard let source = masked.baseAddress, !masked.isEmpty, !isSkipping else { return }
        if isTooLarge { return try look(at: masked, key) }
        guard keep(source, key, count: masked.count) else { throw .textNotUTF8 }
    }

    private mutating func keep(_ source: UnsafeRawPointer, _ key: MaskingKey, count: Int) -> Bool {
        var isValid = true
        let isPlainText = opcode == .text && !isCompressed
        bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { space in
            let target = space.baseAddress!
            let isASCII = key.unmask(source, into: target, count: count)
            if isPlainText, !(isASCII && utf8.isComplete) {
                isValid = utf8.validate(UnsafeRawBufferPointer(start: target, count: count))
            }
            return count
        }
        return isValid
    }

    /// Checks what is not kept, a piece at a time: whether a text is UTF-8, and what else there is to be seen inflated.
    private mutating func look(at masked: UnsafeRawBufferPointer, _ key: MaskingKey) throws(WebSocketFault) {
        guard isCompressed ? overlong != nil : opcode == .text else { return }
        try withUnsafeTemporaryAllocation(byteCount: 1_024, alignment: 8) { (piece) throws(WebSocketFault) in
            var offset = 0
            while offset < masked.count {
                let count = min(piece.count, masked.count &- offset)
                _ = key.advanced(by: offset).unmask(
                    masked.baseAddress! + offset, into: piece.baseAddress!, count: count)
                let plain = UnsafeRawBufferPointer(rebasing: piece[..<count])
                if let overlong {
                    try overlong.append(plain)
                } else {
                    guard utf8.validate(plain) else { throw .textNotUTF8 }
                }
                offset &+= count
            }
        }
    }

    /// Ends the message.
    ///
    /// - Returns: nil when nobody wants to know of it.
    mutating func finish(
        _ limits: FrameDecoder.Limits, _ inflater: Inflater?
    ) throws(WebSocketFault) -> WebSocketEvent? {
        guard let opcode else { preconditionFailure("a message ends that never began") }
        self.opcode = nil
        if isSkipping { return nil }
        if isCompressed { return try finishCompressed(opcode, limits, inflater) }
        guard opcode == .binary || utf8.isComplete else { throw .textNotUTF8 }
        if isTooLarge { return .tooLarge(opcode, bytes: announced) }
        return opcode == .text ? .text(bytes) : .binary(bytes)
    }

    private mutating func finishCompressed(
        _ opcode: Opcode, _ limits: FrameDecoder.Limits, _ inflater: Inflater?
    ) throws(WebSocketFault) -> WebSocketEvent {
        guard let inflater else { preconditionFailure("a compressed message, and nothing was agreed on") }
        if isTooLarge {
            defer { overlong = nil }
            return .tooLarge(opcode, bytes: max(try overlong?.finish() ?? 0, announced))
        }
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

    /// Nothing of this message is of interest any more, nor of any after it.
    mutating func skip() {
        isSkipping = true
        abandon()
    }

    /// Nothing of the message is of interest any more.
    mutating func abandon() {
        release()
        overlong = nil
    }
}

extension FrameDecoder.Limits {
    /// What a message of `maxMessageBytes` comes to at worst: zlib's own bound, for any of its settings.
    fileprivate var maxCompressedBytes: Int {
        maxMessageBytes + (maxMessageBytes + 7) / 8 + (maxMessageBytes + 63) / 64 + 5
    }
}
