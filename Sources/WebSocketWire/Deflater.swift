import CZlib
import NIOCore

/// Compresses the messages of permessage-deflate (RFC 7692, section 7.2.1), each by itself.
///
/// A single deflater serves all connections of a thread: for each size of window that was agreed on with anybody it holds
/// one state of zlib, made when it is first used.
public final class Deflater {
    /// For 9 to 15 bits.
    private var streams: [UnsafeMutablePointer<z_stream>?] = Array(repeating: nil, count: 7)
    private let level: Int32
    private let memoryLevel: Int32

    /// Beyond the defaults little is gained: of 2 KB of chat 907 bytes are left after 9 µs, at level 6 877 after 13 µs; of
    /// 60 KB of history 14.5 KB after 0.3 ms, at level 6 12.4 KB after 1 ms. More memory makes no difference below 20 KB.
    ///
    /// - Parameters:
    ///   - level: 1, the fastest, to 9, the smallest.
    ///   - memoryLevel: 1 to 9: how much zlib holds, and clears for each message.
    public init(level: Int = 1, memoryLevel: Int = 5) {
        (self.level, self.memoryLevel) = (Int32(level), Int32(memoryLevel))
    }

    deinit {
        for case let stream? in streams {
            deflateEnd(stream)
            stream.deallocate()
        }
    }

    /// Appends the payload of a frame with `RSV1` set: a message, compressed. It may be longer than the message.
    ///
    /// - Parameters:
    ///   - message: all of it.
    ///   - windowBits: as `PermessageDeflate` says, 9 to 15.
    ///   - buffer: gets room for the worst case.
    public func append(compressed message: UnsafeRawBufferPointer, windowBits: Int, to buffer: inout ByteBuffer) {
        let stream = stream(windowBits)
        deflateReset(stream)
        stream.pointee.next_in = message.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_in = UInt32(message.count)
        // With more room than it takes: where the room ends, zlib may mark the end twice.
        let most = Int(deflateBound(stream, UInt(message.count))) + 16
        repeat {
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: most) { room in
                stream.pointee.next_out = room.bindMemory(to: UInt8.self).baseAddress
                stream.pointee.avail_out = UInt32(room.count)
                deflate(stream, Z_SYNC_FLUSH)
                return room.count - Int(stream.pointee.avail_out)
            }
        } while stream.pointee.avail_out == 0
        // The end that every message has, 00 00 FF FF, is not sent.
        buffer.moveWriterIndex(to: buffer.writerIndex - 4)
    }

    private func stream(_ windowBits: Int) -> UnsafeMutablePointer<z_stream> {
        precondition((9...15).contains(windowBits), "windows have 9 to 15 bits")
        if let stream = streams[windowBits - 9] { return stream }
        // zlib's state points back at it: it must not move.
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let status = deflateInit2_(
            stream, level, Z_DEFLATED, -Int32(windowBits), memoryLevel, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "no memory for zlib")
        streams[windowBits - 9] = stream
        return stream
    }
}
