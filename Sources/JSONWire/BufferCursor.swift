import NIOCore

/// The end of a buffer, written to through a pointer: a write through `ByteBuffer` itself checks each time for uniqueness and
/// exclusive access, which costs more than writing a short token.
///
/// Why the pointer may outlive the closure it came from: NIO allows that while the storage is held
/// (`withVeryUnsafeBytesWithStorageManagement`). `storage` holds it, was its only owner when the pointer was taken, and is touched
/// by nobody but ``grow(_:)`` and the setter, which replace the pointer. A copy given out by ``buffer`` shares the bytes, but only as
/// far as they have been written by then, and takes a storage of its own before it writes.
struct BufferCursor: ~Copyable {
    /// Its writer index is where the pointer was taken.
    private var storage: ByteBuffer
    /// From the writer index to the end of the storage.
    private var target = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    /// How much of the target is taken.
    private var claimed = 0

    init(_ buffer: consuming ByteBuffer) {
        storage = buffer
    }

    /// What has been written, behind what the buffer held before.
    var buffer: ByteBuffer {
        get {
            var buffer = storage
            buffer.moveWriterIndex(forwardBy: claimed)
            return buffer
        }
        set {
            storage = newValue
            target = UnsafeMutableRawBufferPointer(start: nil, count: 0)
            claimed = 0
        }
    }

    /// ``buffer``, without a copy of it left here.
    consuming func finish() -> ByteBuffer {
        storage.moveWriterIndex(forwardBy: claimed)
        return storage
    }

    /// The next `count` bytes, all of which the caller has to write before anything else.
    @inline(__always)
    mutating func claim(_ count: Int) -> UnsafeMutableRawBufferPointer {
        if target.count &- claimed < count { grow(count) }
        defer { claimed &+= count }
        return UnsafeMutableRawBufferPointer(rebasing: target[claimed..<claimed &+ count])
    }

    /// Takes back what the last claim left over.
    mutating func giveBack(_ count: Int) {
        claimed &-= count
    }

    @inline(__always)
    mutating func put(_ byte: UInt8) {
        claim(1)[0] = byte
    }

    @inline(never)
    private mutating func grow(_ count: Int) {
        let least = 256
        storage.moveWriterIndex(forwardBy: claimed)
        claimed = 0
        storage.reserveCapacity(minimumWritableBytes: max(count, least))
        // A mutating access makes the storage ours alone.
        storage.withUnsafeMutableWritableBytes { _ in }
        let end = storage.writerIndex
        target = storage.withVeryUnsafeBytesWithStorageManagement { bytes, _ in
            UnsafeMutableRawBufferPointer(mutating: UnsafeRawBufferPointer(rebasing: bytes[end...]))
        }
    }
}
