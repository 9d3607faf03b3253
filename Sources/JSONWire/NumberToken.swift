/// A number of a validated text, taken apart: ± ``significand`` × 10^``power``.
struct NumberToken {
    /// 2^53: up to here every integer is a Double of its own, so that all readers of a JSON number agree on it (RFC 8259, section 6).
    static let largestInteger: UInt64 = 1 << 53
    /// Far above every exponent that could matter, and far below overflow.
    private static let largestExponent = 1 << 40

    private(set) var isNegative = false
    /// Without trailing zeros; nil when it is above 2^53.
    private var significand: UInt64? = 0
    private var power = 0

    /// - Parameter token: as RFC 8259, section 6, writes a number.
    init(_ token: UnsafeRawBufferPointer) {
        var digits = token[...]
        if digits.first == UInt8(ascii: "-") {
            isNegative = true
            digits = digits.dropFirst()
        }
        var zeros = 0
        var isFraction = false
        while let byte = digits.popFirst(), byte | 0x20 != UInt8(ascii: "e") {
            guard ASCII.isDigit(byte) else {
                isFraction = true
                continue
            }
            if isFraction { power -= 1 }
            zeros += 1
            if byte == UInt8(ascii: "0") { continue }
            append(byte &- UInt8(ascii: "0"), shiftedBy: zeros)
            zeros = 0
        }
        power += zeros + Self.exponent(digits)
    }

    private mutating func append(_ digit: UInt8, shiftedBy places: Int) {
        guard let old = significand else { return }
        guard let shifted = Self.multiply(old, byPowerOfTen: places) else { return significand = nil }
        let new = shifted + UInt64(digit)
        significand = new <= Self.largestInteger ? new : nil
    }

    private static func exponent(_ digits: Slice<UnsafeRawBufferPointer>) -> Int {
        var exponent = 0
        for byte in digits where ASCII.isDigit(byte) {
            exponent = min(exponent * 10 + Int(byte &- UInt8(ascii: "0")), largestExponent)
        }
        return digits.first == UInt8(ascii: "-") ? -exponent : exponent
    }

    /// - Returns: nil when the product is above 2^53.
    private static func multiply(_ factor: UInt64, byPowerOfTen power: Int) -> UInt64? {
        if factor == 0 { return 0 }
        guard power <= 16 else { return nil }
        var product = factor
        for _ in 0..<power {
            product *= 10  // at most 10 × 2^53, far from overflow
            guard product <= largestInteger else { return nil }
        }
        return product
    }

    /// The number when it is an integer within ±2^53, however it is written.
    ///
    /// The significand ends in no zero, so it times a negative power of ten is no integer.
    var integer: Int64? {
        guard let significand else { return nil }
        if significand == 0 { return 0 }
        guard power >= 0, let magnitude = Self.multiply(significand, byPowerOfTen: power) else { return nil }
        return isNegative ? -Int64(magnitude) : Int64(magnitude)
    }
}
