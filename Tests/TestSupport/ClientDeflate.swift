import CZlib

/// A client's side of permessage-deflate (RFC 7692), by zlib alone: what it sends is compressed, and what it gets is held to
/// the window that was agreed on.
///
/// One of them is enough for any number of clients: no message refers to an earlier one.
public final class ClientDeflate {
    /// The payload of a compressed message that is none.
    public struct Fault: Error {
        public let what: String
    }

    /// The four bytes that end a message and are left out of it (section 7.2.1).
    private static let end: [UInt8] = [0x00, 0x00, 0xFF, 0xFF]
    /// Bytes that zlib is given room for at a time: within them it would not notice what refers to more than its window.
    private static let step = 64

    private var deflating: [Int: ZlibStream] = [:]
    private var inflating: [Int: ZlibStream] = [:]

    public init() {}

    /// - Parameter windowBits: 9 to 15.
    /// - Returns: the payload, to be sent with `RSV1`.
    public func compressed(_ message: [UInt8], windowBits: Int = 15) -> [UInt8] {
        let zlib =
            deflating[windowBits]
            ?? ZlibStream(deflateEnd) { stream in
                deflateInit2_(
                    stream, 6, Z_DEFLATED, -Int32(windowBits), 4, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
                    Int32(MemoryLayout<z_stream>.size))
            }
        deflating[windowBits] = zlib
        deflateReset(zlib.stream)
        var output: [UInt8] = []
        zlib.run(over: message, into: &output, by: 4_096) { deflate($0, Z_SYNC_FLUSH) }
        return output.dropLast(4)
    }

    /// - Parameter windowBits: most that the sender may refer back to: 2 to the power of 9 to 15 bytes.
    /// - Throws: `Fault`, for what RFC 7692 does not allow.
    public func inflated(_ payload: [UInt8], windowBits: Int) throws -> [UInt8] {
        let zlib =
            inflating[windowBits]
            ?? ZlibStream(inflateEnd) { stream in
                inflateInit2_(stream, -Int32(windowBits), ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
            }
        inflating[windowBits] = zlib
        inflateReset(zlib.stream)
        var output: [UInt8] = []
        let status = zlib.run(over: payload + Self.end, into: &output, by: Self.step) { inflate($0, Z_SYNC_FLUSH) }
        guard status == Z_OK || status == Z_BUF_ERROR else {
            throw Fault(what: zlib.stream.pointee.msg.map { String(cString: $0) } ?? "zlib says \(status)")
        }
        // At the end of a block and of a byte, and none of the four bytes was taken for something else.
        guard zlib.isBetweenBlocks else { throw Fault(what: "a message ends within a block") }
        return output
    }
}

/// zlib's state, which points back at the stream: that must not move.
private final class ZlibStream {
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let end: (UnsafeMutablePointer<z_stream>) -> Int32

    init(
        _ end: @escaping (UnsafeMutablePointer<z_stream>) -> Int32, _ begin: (UnsafeMutablePointer<z_stream>) -> Int32
    ) {
        self.end = end
        stream.initialize(to: z_stream())
        let status = begin(stream)
        precondition(status == Z_OK, "no memory for zlib")
    }

    deinit {
        _ = end(stream)
        stream.deallocate()
    }

    /// Whether a block of deflate has ended with the last bit of a byte, and no other has begun.
    var isBetweenBlocks: Bool { stream.pointee.data_type & 0xFF == 128 }

    /// Has zlib read all of the input.
    ///
    /// - Parameter step: bytes of output that it is given room for at a time.
    /// - Returns: what it said last.
    @discardableResult
    func run(
        over input: [UInt8], into output: inout [UInt8], by step: Int, _ body: (UnsafeMutablePointer<z_stream>) -> Int32
    ) -> Int32 {
        input.withUnsafeBufferPointer { input in
            stream.pointee.next_in = input.baseAddress
            stream.pointee.avail_in = UInt32(input.count)
            var status = Z_OK
            repeat {
                let chunk = [UInt8](unsafeUninitializedCapacity: step) { room, count in
                    stream.pointee.next_out = room.baseAddress
                    stream.pointee.avail_out = UInt32(step)
                    status = body(stream)
                    count = step - Int(stream.pointee.avail_out)
                }
                output += chunk
                // Asked once more between two blocks, it would not say that it is there.
            } while status == Z_OK && stream.pointee.avail_out == 0
                && !(stream.pointee.avail_in == 0 && isBetweenBlocks)
            return status
        }
    }
}
