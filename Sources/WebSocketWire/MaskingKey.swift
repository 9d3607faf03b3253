/// The four bytes that a client's payload is XORed with (RFC 6455, section 5.3), turned to the next payload byte.
struct MaskingKey: Equatable, Sendable {
    /// The byte for the next payload byte is the lowest one.
    private(set) var bytes: UInt32

    init(bytes: UInt32) { self.bytes = bytes }

    /// - Parameter source: the four bytes of a frame's header.
    init(at source: UnsafeRawPointer) {
        bytes = UInt32(littleEndian: source.loadUnaligned(as: UInt32.self))
    }

    /// The key as it stands `count` payload bytes further on.
    func advanced(by count: Int) -> MaskingKey {
        let bits = UInt32(truncatingIfNeeded: count & 3) &* 8
        return MaskingKey(bytes: bytes &>> bits | bytes &<< ((32 &- bits) & 31))
    }

    /// Unmasks `count` bytes into memory that does not overlap them.
    ///
    /// - Returns: whether all of them are ASCII, which is seen here at no cost and spares the UTF-8 check.
    @inline(__always)
    func unmask(_ source: UnsafeRawPointer, into target: UnsafeMutableRawPointer, count: Int) -> Bool {
        guard count >= 8 else { return unmaskFew(source, into: target, count: count) }
        let last = count &- 8
        let key = word
        var seen: UInt64 = 0
        var offset = 0
        while offset < last {
            let plain = source.loadUnaligned(fromByteOffset: offset, as: UInt64.self) ^ key
            target.storeBytes(of: plain, toByteOffset: offset, as: UInt64.self)
            seen |= plain
            offset &+= 8
        }
        // The last eight bytes overlap the ones before: a whole word is cheaper than up to seven single bytes.
        let plain = source.loadUnaligned(fromByteOffset: last, as: UInt64.self) ^ advanced(by: last).word
        target.storeBytes(of: plain, toByteOffset: last, as: UInt64.self)
        return (seen | plain) & 0x8080_8080_8080_8080 == 0
    }

    private func unmaskFew(_ source: UnsafeRawPointer, into target: UnsafeMutableRawPointer, count: Int) -> Bool {
        var seen: UInt8 = 0
        var key = bytes
        for offset in 0..<count {
            let plain = source.load(fromByteOffset: offset, as: UInt8.self) ^ UInt8(truncatingIfNeeded: key)
            target.storeBytes(of: plain, toByteOffset: offset, as: UInt8.self)
            seen |= plain
            key = key &>> 8 | key &<< 24
        }
        return seen & 0x80 == 0
    }

    /// The key twice over, in the byte order of this machine's words.
    private var word: UInt64 { (UInt64(bytes) << 32 | UInt64(bytes)).littleEndian }
}
