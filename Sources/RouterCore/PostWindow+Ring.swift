// Bytes on their way into a ring.
extension PostWindow {
    /// For what ends before the ring does.
    @inline(__always)
    static func copy(_ text: UnsafeRawBufferPointer, to ring: UnsafeMutableRawBufferPointer, at place: Int) {
        UnsafeMutableRawBufferPointer(rebasing: ring[place...]).copyMemory(from: text)
    }

    /// - Returns: the place behind what was written.
    static func write(
        _ source: UnsafeRawBufferPointer, to ring: UnsafeMutableRawBufferPointer, at place: Int
    ) -> Int {
        guard let start = source.baseAddress, let target = ring.baseAddress else { return place }
        let first = min(source.count, ring.count - place)
        (target + place).copyMemory(from: start, byteCount: first)
        guard first == source.count else {
            target.copyMemory(from: start + first, byteCount: source.count - first)
            return source.count - first
        }
        return place + first == ring.count ? 0 : place + first
    }
}
