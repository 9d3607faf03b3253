/// Integers in decimal, for writers that work out sizes first and then fill a raw cursor.
public enum JSONDigits {
    /// How many bytes ``write(_:to:)`` writes: 1 to 20, the sign included.
    public static func count(_ value: Int64) -> Int {
        var magnitude = value.magnitude
        var count = value < 0 ? 2 : 1
        while magnitude >= 10 {
            magnitude /= 10
            count &+= 1
        }
        return count
    }

    /// Writes the shortest decimal text of a value.
    /// - Parameter target: room for ``count(_:)`` bytes, 20 at most.
    /// - Returns: how many bytes were written.
    @discardableResult
    public static func write(_ value: Int64, to target: UnsafeMutableRawPointer) -> Int {
        let count = count(value)
        var magnitude = value.magnitude
        var position = count
        repeat {
            position &-= 1
            let digit = UInt8(truncatingIfNeeded: magnitude % 10)
            target.storeBytes(of: UInt8(ascii: "0") &+ digit, toByteOffset: position, as: UInt8.self)
            magnitude /= 10
        } while magnitude != 0
        if value < 0 { target.storeBytes(of: UInt8(ascii: "-"), as: UInt8.self) }
        return count
    }
}
