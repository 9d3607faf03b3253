import JSONWire

/// The digits of the time, written once for all the frames of a second.
final class TimestampDigits {
    private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 20, alignment: 1)  // of any integer

    deinit { memory.deallocate() }

    /// - Returns: valid until this is called again.
    func write(_ unix: Int64) -> UnsafeRawBufferPointer {
        guard let start = memory.baseAddress else { return OutgoingFrame.nothing }
        return UnsafeRawBufferPointer(start: start, count: JSONDigits.write(unix, to: start))
    }
}
