/// What a string of a validated text says, in UTF-8, byte by byte.
///
/// It never reads outside of the bytes it was given, even when they are no string: a value that is used with
/// an object it does not belong to gives a wrong answer, but harms nothing.
struct Unescaped: Sequence, IteratorProtocol {
    private let raw: UnsafeRawBufferPointer
    private var position = 0
    /// The rest of a character that took several bytes, the next lowest; none of them is 0.
    private var pending: UInt32 = 0

    /// - Parameter raw: the string without its quotes; must stay valid as long as this is in use.
    init(_ raw: UnsafeRawBufferPointer) {
        self.raw = raw
    }

    mutating func next() -> UInt8? {
        if pending != 0 {
            defer { pending &>>= 8 }
            return UInt8(truncatingIfNeeded: pending)
        }
        guard position < raw.count else { return nil }
        let byte = take()
        return byte == UInt8(ascii: "\\") ? escape() : byte
    }

    private mutating func take() -> UInt8 {
        guard position < raw.count else { return 0 }
        defer { position &+= 1 }
        return raw[position]
    }

    private mutating func escape() -> UInt8 {
        switch take() {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "t"): 0x09
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "u"): encode(scalar())
        case let itself: itself
        }
    }

    private mutating func scalar() -> UInt32 {
        let unit = hexadecimalUnit()
        guard unit & 0xFC00 == 0xD800 else { return unit }
        position &+= 2  // "\u": a validated text has no high surrogate without a low one behind it
        return 0x10000 &+ (unit & 0x3FF) &<< 10 &+ hexadecimalUnit() & 0x3FF
    }

    private mutating func hexadecimalUnit() -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 { unit = unit &<< 4 | UInt32(ASCII.hexadecimalDigit(take()) ?? 0) }
        return unit
    }

    /// UTF-8 (RFC 3629, section 3): returns the first byte and keeps the others for later.
    private mutating func encode(_ scalar: UInt32) -> UInt8 {
        func continuation(_ shift: UInt32) -> UInt32 { 0x80 | scalar &>> shift & 0x3F }
        switch scalar {
        case 0..<0x80:
            return UInt8(truncatingIfNeeded: scalar)
        case 0x80..<0x800:
            pending = continuation(0)
            return UInt8(truncatingIfNeeded: 0xC0 | scalar &>> 6)
        case 0x800..<0x10000:
            pending = continuation(6) | continuation(0) &<< 8
            return UInt8(truncatingIfNeeded: 0xE0 | scalar &>> 12)
        default:
            pending = continuation(12) | continuation(6) &<< 8 | continuation(0) &<< 16
            return UInt8(truncatingIfNeeded: 0xF0 | scalar &>> 18)
        }
    }
}
