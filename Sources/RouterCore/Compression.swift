import NIOCore
import WebSocketWire

/// Compresses whole frames for the clients of one I/O loop (permessage-deflate, RFC 7692). No context is taken over from
/// message to message, so that what many get is compressed once for all of them.
public final class Compression {
    private let deflater = Deflater()
    /// Least bytes of a frame that is compressed.
    private let from: Int
    private var payload = ByteBuffer()
    /// What was compressed of contents that many get, each in a frame of its own; the newest last.
    private var kept: [KeptContent] = []
    /// Bytes that may be compressed for single clients, and when that was worked out, in milliseconds of a clock.
    private var budget = mostAlone
    private var budgetTime: Int64 = 0

    /// Most contents of which the compressed form is kept.
    private static let mostKept = 4
    /// Most bytes a second that are compressed for single clients; what is more goes out as it is. Compressing is far more
    /// work than asking for what is compressed.
    static let mostAlone = 16 << 20
    /// Larger storage is not kept for the next frame.
    private static let mostStorage = 1 << 20

    private struct KeptContent {
        /// Held, so that its place in memory can't become another's.
        let content: ByteBuffer
        let windowBits: Int
        let compressed: ByteBuffer
    }

    /// - Parameter from: bytes; a smaller frame stays as it is.
    public init(from: Int) { self.from = from }

    func isWorthwhile(for count: Int) -> Bool { count >= from }

    /// Time has passed.
    ///
    /// - Parameter now: in milliseconds of a clock that only goes forward.
    public func note(_ now: Int64) {
        let more = (now - budgetTime) * Int64(Self.mostAlone / 1_000)
        if more > 0 { (budget, budgetTime) = (Int(min(Int64(Self.mostAlone), Int64(budget) + more)), now) }
    }

    /// Whether there is time to compress as many bytes for a single client; then they count.
    private func hasTime(for count: Int) -> Bool {
        guard count <= budget else { return false }
        budget -= count
        return true
    }

    /// Writes a frame that only one client gets: compressed, unless it is small, would not get shorter, or there is no time.
    func append(alone frame: UnsafeRawBufferPointer, _ windowBits: Int, to buffer: inout ByteBuffer) {
        guard isWorthwhile(for: frame.count), hasTime(for: frame.count) else { return _ = buffer.writeBytes(frame) }
        append(frame, windowBits, to: &buffer)
    }

    /// Writes a frame again: compressed, unless it is small or would not get shorter.
    ///
    /// - Parameter frame: whole and unmasked, of a text or binary message.
    func append(_ frame: UnsafeRawBufferPointer, _ windowBits: Int, to buffer: inout ByteBuffer) {
        guard isWorthwhile(for: frame.count) else { return _ = buffer.writeBytes(frame) }
        let start = FrameEncoder.headerLength(of: frame)
        payload.clear()
        deflater.append(
            compressed: UnsafeRawBufferPointer(rebasing: frame[start...]), windowBits: windowBits, to: &payload)
        finish(instead: frame.count, &buffer, FrameEncoder.opcode(of: frame)) { $0.writeBytes(frame) }
    }

    /// Writes the frame that many get the content of: what stands before it and behind it is the receiver's own.
    ///
    /// The content is compressed once for all of them: a deflate stream is a row of blocks, and stored blocks around those
    /// of the content make it a message (RFC 1951, 3.2.4).
    /// - Parameters:
    ///   - head: the frame's header, and the payload before the content.
    ///   - tail: the payload behind it.
    func append(
        _ head: UnsafeRawBufferPointer, _ content: ByteBuffer, _ tail: UnsafeRawBufferPointer, _ windowBits: Int,
        to buffer: inout ByteBuffer
    ) {
        func writePlain(_ buffer: inout ByteBuffer) {
            buffer.writeBytes(head)
            buffer.writeImmutableBuffer(content)
            buffer.writeBytes(tail)
        }
        guard let compressed = compressed(content, windowBits) else { return writePlain(&buffer) }
        let start = FrameEncoder.headerLength(of: head)
        payload.clear()
        payload.writeStoredBlocks(UnsafeRawBufferPointer(rebasing: head[start...]))
        payload.writeImmutableBuffer(compressed)
        payload.writeInteger(Self.emptyBlock)
        payload.writeStoredBlocks(tail)
        payload.writeInteger(UInt8(0))  // an empty stored block, of which the last four bytes are left out
        let length = head.count + content.readableBytes + tail.count
        finish(instead: length, &buffer, FrameEncoder.opcode(of: head), writePlain)
    }

    /// The four bytes that end a message's last block and are left out of it (RFC 7692, 7.2.1).
    private static let emptyBlock: UInt32 = 0x0000_FFFF

    /// - Returns: nil when there is no time.
    private func compressed(_ content: ByteBuffer, _ windowBits: Int) -> ByteBuffer? {
        if let found = kept.first(where: { $0.windowBits == windowBits && $0.content.isSamePlace(as: content) }) {
            return found.compressed
        }
        guard hasTime(for: content.readableBytes) else { return nil }
        var compressed = ByteBuffer()
        content.withUnsafeReadableBytes { deflater.append(compressed: $0, windowBits: windowBits, to: &compressed) }
        if kept.count == Self.mostKept { kept.removeFirst() }
        kept.append(KeptContent(content: content, windowBits: windowBits, compressed: compressed))
        return compressed
    }

    /// Writes the payload as a compressed frame, or the frame as it is when that is not shorter.
    private func finish(
        instead length: Int, _ buffer: inout ByteBuffer, _ opcode: Opcode, _ plain: (inout ByteBuffer) -> Void
    ) {
        let size = payload.readableBytes
        if FrameEncoder.headerLength(payload: size) + size < length {
            buffer.writeCompressedFrame(opcode, payload)
        } else {
            plain(&buffer)
        }
        if payload.capacity > Self.mostStorage { payload = ByteBuffer() }
    }
}

extension ByteBuffer {
    /// Writes bytes as deflate blocks that are not compressed (RFC 1951, 3.2.4); where a block begins at a byte.
    fileprivate mutating func writeStoredBlocks(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let block = rest.prefix(0xFFFF)
            rest = rest.dropFirst(block.count)
            writeInteger(UInt8(0))
            writeInteger(UInt16(block.count), endianness: .little)
            writeInteger(~UInt16(block.count), endianness: .little)
            writeBytes(UnsafeRawBufferPointer(rebasing: block))
        }
    }

    fileprivate func isSamePlace(as other: ByteBuffer) -> Bool {
        guard readableBytes == other.readableBytes else { return false }
        return withUnsafeReadableBytes { mine in
            other.withUnsafeReadableBytes { mine.baseAddress == $0.baseAddress }
        }
    }

    fileprivate mutating func writeCompressedFrame(_ opcode: Opcode, _ payload: ByteBuffer) {
        let size = payload.readableBytes
        writeWithUnsafeMutableBytes(minimumWritableBytes: FrameEncoder.headerLength(payload: size)) { space in
            FrameEncoder.writeHeader(
                opcode, payload: size, isCompressed: true, to: space.baseAddress.unsafelyUnwrapped)
        }
        writeImmutableBuffer(payload)
    }
}

extension FrameEncoder {
    fileprivate static func opcode(of frame: UnsafeRawBufferPointer) -> Opcode {
        frame[0] & 0x0F == Opcode.binary.rawValue ? .binary : .text
    }

    /// How long the header of an unmasked frame is.
    fileprivate static func headerLength(of frame: UnsafeRawBufferPointer) -> Int {
        switch frame[1] {
        case 126: 4
        case 127: 10
        default: 2
        }
    }
}
