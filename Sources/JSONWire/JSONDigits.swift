/// Integers in decimal, for writers that work out sizes first and then fill a raw cursor.
public enum JSONDigits {
    /// The length of the longest integer: a sign and 19 digits.
    static let longest = 20

    /// How many bytes ``write(_:to:)`` writes: 1 to 20, the sign included.
    public static func count(_ value: Int64) -> Int {
        var magnitude = value.magnitude
        var count = value < 0 ? 1 : 0
        // Four digits at a time: each division waits for the one before.
        while magnitude >= 10_000 {
            magnitude /= 10_000
            count &+= 4
        }
        return count &+ (magnitude >= 100 ? magnitude >= 1_000 ? 4 : 3 : magnitude >= 10 ? 2 : 1)
    }

    /// Writes the shortest decimal text of a value.
    /// - Parameter target: room for ``count(_:)`` bytes, 20 at most.
    /// - Returns: how many bytes were written.
    @discardableResult
    public static func write(_ value: Int64, to target: UnsafeMutableRawPointer) -> Int {
        let count = count(value)
        write(value, count: count, to: target)
        return count
    }

    /// Writes the shortest decimal text of a value, whose length is known.
    /// - Parameters:
    ///   - count: ``count(_:)`` of the value.
    ///   - target: room for as many bytes.
    public static func write(_ value: Int64, count: Int, to target: UnsafeMutableRawPointer) {
        var magnitude = value.magnitude
        var position = count
        // As many steps as there are digits, from the last to the first; two for each long division.
        while magnitude >= 10 {
            let pair = Int(truncatingIfNeeded: magnitude % 100)
            magnitude /= 100
            position &-= 2
            (target + position).copyMemory(from: pairs.utf8Start + 2 * pair, byteCount: 2)
        }
        if magnitude > 0 || position == count {
            position &-= 1
            target.storeBytes(
                of: UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: magnitude), toByteOffset: position, as: UInt8.self)
        }
        if value < 0 { target.storeBytes(of: UInt8(ascii: "-"), as: UInt8.self) }
    }

    /// The numbers below 100, two digits each.
    private static var pairs: StaticString {
        """
        00010203040506070809101112131415161718192021222324252627282930313233343536373839\
        40414243444546474849505152535455565758596061626364656667686970717273747576777879\
        8081828384858687888990919293949596979899
        """
    }

    /// The shortest decimal text that reads back as the same double; an integral one without `.0`.
    /// - Parameter value: finite, as JSON has no other numbers; anything else traps in debug, and is `null` in release.
    static func text(_ value: Double) -> String {
        assert(value.isFinite, "JSON has no infinity and no NaN")
        guard value.isFinite else { return "null" }
        let text = value.description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
