/// Integers in decimal, for writers that work out sizes first and then fill a raw cursor.
public enum JSONDigits {
    /// The length of the longest integer: a sign and 19 digits.
    static let longest = 20

    /// How many bytes ``write(_:to:)`` writes: 1 to 20, the sign included.
    public static func count(_ value: Int64) -> Int {
        let magnitude = value.magnitude
        var bound: UInt64 = 10
        var count = 1
        // 19 digits at most, so that the bound ends at 10^19, below 2^64.
        while magnitude >= bound {
            bound &*= 10
            count &+= 1
        }
        return value < 0 ? count &+ 1 : count
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
        @inline(__always) func put(_ digit: UInt64) {
            position &-= 1
            target.storeBytes(
                of: UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digit), toByteOffset: position, as: UInt8.self)
        }
        // As many steps as there are digits, from the last to the first; two for each long division.
        while magnitude >= 10 {
            let pair = magnitude % 100
            magnitude /= 100
            put(pair % 10)
            put(pair / 10)
        }
        if magnitude > 0 || position == count { put(magnitude) }
        if value < 0 { target.storeBytes(of: UInt8(ascii: "-"), as: UInt8.self) }
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
