/// An IP address. An IPv4 address is the same as its mapped IPv6 address (RFC 4291, section 2.5.5.2).
public struct IPAddress: Hashable, Sendable {
    /// The 128 bits of the IPv6 address, the first 64 of them in `high`.
    let high: UInt64
    let low: UInt64

    init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

    private init(v4 octets: UInt64) { self.init(high: 0, low: 0xFFFF << 32 | octets) }

    public var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// What limits count by: the whole IPv4 address, or the /64 of an IPv6 address, the least that a customer has to
    /// himself (RFC 6177): he could take another address of it for every connection.
    public var network: IPAddress { isIPv4 ? self : IPAddress(high: high, low: 0) }

    /// The first so many of the 128 bits, and zeros.
    func masked(_ bits: Int) -> IPAddress {
        IPAddress(high: high & Self.mask(bits), low: low & Self.mask(bits - 64))
    }

    /// The first so many of 64 bits.
    private static func mask(_ bits: Int) -> UInt64 {
        bits <= 0 ? 0 : ~0 << UInt64(64 - min(bits, 64))
    }

    /// As it is written.
    ///
    /// - Parameter isShort: as an IPv4 address; otherwise as IPv6, with `::` for the longest run of zeros (RFC 5952, section 4.2).
    func text(isShort: Bool) -> String {
        guard !isShort else { return [24, 16, 8, 0].map { String(low >> $0 & 0xFF) }.joined(separator: ".") }
        let groups = [high, low].flatMap { half in [48, 32, 16, 0].map { half >> UInt64($0) & 0xFFFF } }
        let runs = groups.indices.map { start in start..<start + groups[start...].prefix { $0 == 0 }.count }
        let hexadecimal = { (groups: ArraySlice<UInt64>) in
            groups.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard let zeros = runs.max(by: { $0.count < $1.count }), zeros.count > 1 else {
            return hexadecimal(groups[...])
        }
        return hexadecimal(groups[..<zeros.lowerBound]) + "::" + hexadecimal(groups[zeros.upperBound...])
    }

    /// - Parameter text: four decimal numbers, or IPv6 without a zone (RFC 4291, section 2.2).
    /// - Returns: nil when it is neither.
    public init?(_ text: some StringProtocol) {
        if let octets = Self.octets(text) {
            self.init(v4: octets)
            return
        }
        let halves = text.components(around: "::")
        guard halves.count <= 2, let front = Self.groups(halves[0], isLast: halves.count == 1),
            let back = halves.count == 1 ? [] : Self.groups(halves[1], isLast: true)
        else { return nil }
        let missing = 8 - front.count - back.count
        // Two colons stand for one group of zeros at least (RFC 5952, section 4.2.2, forbids it only to writers).
        guard halves.count == 1 ? missing == 0 : missing >= 1 else { return nil }
        let all = front + Array(repeating: 0, count: missing) + back
        self.init(high: Self.join(all[..<4]), low: Self.join(all[4...]))
    }

    private static func join(_ groups: ArraySlice<UInt64>) -> UInt64 { groups.reduce(0) { $0 << 16 | $1 } }

    /// Four numbers without leading zeros, which some readers take for octal.
    private static func octets(_ text: some StringProtocol) -> UInt64? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let octets = parts.compactMap { part in UInt8(part).flatMap { String($0) == part ? UInt64($0) : nil } }
        return parts.count == 4 && octets.count == 4 ? octets.reduce(0) { $0 << 8 | $1 } : nil
    }

    /// Groups of 16 bits between colons; the last may be an IPv4 address, which is two.
    private static func groups(_ text: some StringProtocol, isLast: Bool) -> [UInt64]? {
        guard !text.isEmpty else { return [] }
        var parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var mapped: [UInt64] = []
        if isLast, let last = parts.last, let octets = octets(last) {
            parts.removeLast()
            mapped = [octets >> 16, octets & 0xFFFF]
        }
        let groups = parts.compactMap { part in
            (1...4).contains(part.utf8.count) && part.utf8.allSatisfy(\.isHexDigit) ? UInt64(part, radix: 16) : nil
        }
        return groups.count == parts.count && groups.count <= 8 ? groups + mapped : nil
    }
}

extension StringProtocol {
    /// What stands before, between and behind the places where `separator` stands.
    fileprivate func components(around separator: String) -> [SubSequence] {
        var parts: [SubSequence] = []
        var start = startIndex
        var place = startIndex
        while place < endIndex {
            guard self[place...].hasPrefix(separator) else {
                place = index(after: place)
                continue
            }
            parts.append(self[start..<place])
            place = index(place, offsetBy: separator.count)
            start = place
        }
        return parts + [self[start...]]
    }
}

extension UInt8 {
    fileprivate var isHexDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
