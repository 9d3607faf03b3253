import CZlib
import NIOCore
import WebSocketWire

/// The payload of a compressed message: what becomes of it does not depend on what was inflated before, and on limits only
/// where it is larger.
///
/// The first byte of an input says whether it is a text, and which window the other way uses.
enum InflateFuzz {
    /// More than an input can become: deflate ends at 1,030 to 1.
    private static let none = FrameDecoder.Limits(maxMessageBytes: 1 << 20, maxFrameBytes: 1 << 20)
    private static let low = FrameDecoder.Limits(maxMessageBytes: 140, maxFrameBytes: 260)

    static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let choice = input.byte()
        let payload = Array(input.rest)
        let isText = choice & 1 == 0
        let inflater = Inflater()
        let unlimited = outcome(inflater, payload, isText, none)
        let limited = outcome(inflater, payload, isText, low)
        try require(same(outcome(inflater, payload, isText, none), unlimited), "used again it says something else")
        try check(limited, unlimited)
        if case .success(.message(let message)) = unlimited {
            try require(!isText || FrameFuzz.isUTF8(message), "a text is not UTF-8")
        }
        if !isText, let whole = inGo(payload) {
            try require(same(unlimited, .success(.message(whole))), "zlib makes \(whole) of it, and not \(unlimited)")
        }
        try checkBothWays(payload, windowBits: 9 + Int(choice >> 1) % 7, inflater)
    }

    private typealias Outcome = Result<Inflater.Outcome, WebSocketFault>

    private static func outcome(
        _ inflater: Inflater, _ payload: [UInt8], _ isText: Bool, _ limits: FrameDecoder.Limits
    ) -> Outcome {
        // Bytes that end where their storage does, so that one too many is noticed.
        payload.withUnsafeBytes { bytes in
            Result { () throws(WebSocketFault) in try inflater.inflate(bytes, isText: isText, limits: limits) }
        }
    }

    private static func same(_ one: Outcome, _ other: Outcome) -> Bool {
        switch (one, other) {
        case (.success(let one), .success(let other)): one == other
        case (.failure(let one), .failure(let other)): one == other
        default: false
        }
    }

    private static func check(_ limited: Outcome, _ unlimited: Outcome) throws {
        switch (limited, unlimited) {
        case (.success(.message(let bytes)), .success(.message(let all))):
            try require(bytes == all && all.readableBytes <= low.maxMessageBytes, "a limit changed \(all) to \(bytes)")
        case (.success(.tooLarge(let count)), .success(.message(let all))):
            try require(count == all.readableBytes, "\(all.readableBytes) bytes are called \(count)")
            try require((low.maxMessageBytes + 1...low.maxFrameBytes).contains(count), "\(count) bytes are too large")
        case (.failure(let fault), .success(.message(let all))):
            try require(
                fault.code == .messageTooBig && all.readableBytes > low.maxFrameBytes, "a limit brought \(fault)")
        case (.failure(let fault), .failure(let other)):
            try require(fault == other || fault.code == .messageTooBig, "a limit made \(fault) of \(other)")
        default: throw BrokenRule("with limits \(limited), without \(unlimited)")
        }
    }

    /// What zlib makes of the payload in one call; nil when it stops on the way, which is not always wrong.
    private static func inGo(_ payload: [UInt8]) -> ByteBuffer? {
        let input = payload + [0x00, 0x00, 0xFF, 0xFF]
        var output = [UInt8](repeating: 0, count: 1 << 16)
        var stream = z_stream()
        guard inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
        defer { inflateEnd(&stream) }
        return input.withUnsafeBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                (stream.next_in, stream.avail_in) = (input.baseAddress, UInt32(input.count))
                (stream.next_out, stream.avail_out) = (output.baseAddress, UInt32(output.count))
                let endsBlock = inflate(&stream, Z_SYNC_FLUSH) == Z_OK && stream.data_type & 0x80 != 0
                guard endsBlock, stream.avail_in == 0, stream.avail_out > 0 else { return nil }
                return ByteBuffer(bytes: output.prefix(output.count - Int(stream.avail_out)))
            }
        }
    }

    /// What the router deflates is inflated to the same.
    private static func checkBothWays(_ message: [UInt8], windowBits: Int, _ inflater: Inflater) throws {
        var deflated = ByteBuffer()
        message.withUnsafeBytes { Deflater().append(compressed: $0, windowBits: windowBits, to: &deflated) }
        let inflated = outcome(inflater, Array(deflated.readableBytesView), false, none)
        try require(same(inflated, .success(.message(ByteBuffer(bytes: message)))), "\(message) comes back otherwise")
    }
}
