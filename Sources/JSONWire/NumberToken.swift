/// A number of a validated text, taken apart: ± ``significand`` × 10^``power`` (RFC 8259, section 6).
struct NumberToken {
    /// 2^53: up to here every integer is a double of its own, so that all readers of a number agree on it (section 6).
    private static let largestInteger: UInt64 = 1 << 53
    /// Far above every exponent that could matter, and far below overflow.
    private static let largestExponent = 1 << 40

    private enum Part { case integer, fraction, exponent }

    private var part = Part.integer
    private var isNegative = false
    /// Without trailing zeros; nil when it is above 2^53.
    private var significand: UInt64? = 0
    /// How many zeros stand behind the significand.
    private var zeros = 0
    private var decimals = 0
    private var exponent = 0
    private var exponentIsNegative = false

    /// The number when it is an integer within ±2^53, however it is written.
    static func integer(_ token: UnsafeRawBufferPointer) -> Int64? {
        plainInteger(token) ?? NumberToken(token).integer
    }

    /// The usual case: digits only, and so few that they cannot exceed 2^53.
    private static func plainInteger(_ token: UnsafeRawBufferPointer) -> Int64? {
        guard token.count <= 15 else { return nil }
        var integer: Int64 = 0
        for byte in token {
            guard ASCII.isDigit(byte) else { return nil }
            integer = integer &* 10 &+ Int64(byte &- UInt8(ascii: "0"))
        }
        return integer
    }

    private init(_ token: UnsafeRawBufferPointer) {
        for byte in token {
            switch byte {
            case UInt8(ascii: "-"):
                if part == .exponent { exponentIsNegative = true } else { isNegative = true }
            case UInt8(ascii: "+"): break
            case UInt8(ascii: "."): part = .fraction
            case UInt8(ascii: "e"), UInt8(ascii: "E"): part = .exponent
            default: take(byte &- UInt8(ascii: "0"))
            }
        }
    }

    private mutating func take(_ digit: UInt8) {
        if part == .exponent {
            exponent = min(exponent &* 10 &+ Int(digit), Self.largestExponent)
            return
        }
        if part == .fraction { decimals += 1 }
        zeros += 1
        if digit != 0 { append(digit) }
    }

    private mutating func append(_ digit: UInt8) {
        let shifted = significand.flatMap { Self.multiply($0, byPowerOfTen: zeros) }
        significand = shifted.flatMap { $0 + UInt64(digit) <= Self.largestInteger ? $0 + UInt64(digit) : nil }
        zeros = 0
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

    /// The significand ends in no zero, so it times a negative power of ten is no integer.
    private var integer: Int64? {
        guard let significand else { return nil }
        if significand == 0 { return 0 }
        let power = zeros - decimals + (exponentIsNegative ? -exponent : exponent)
        guard power >= 0, let magnitude = Self.multiply(significand, byPowerOfTen: power) else { return nil }
        return isNegative ? -Int64(magnitude) : Int64(magnitude)
    }
}
