import Settings

/// The IP addresses that begin with the same bits, as `127.0.0.0/8` or `2001:db8::/32`; without a `/` just one (RFC 4632).
public struct AddressRange: SettingValue {
    private var first: IPAddress
    /// How many of the 128 bits all of them share.
    private let bits: Int
    private var text: String

    /// - Returns: nil when `text` is no address, or has no number from 0 to 32, or 128, behind the `/`; and when a bit
    ///   behind those that all share is set: who writes `10.0.0.1/8` may have meant one address.
    public init?(_ text: String) {
        self.init(parts: text)
        guard first == first.masked(bits) else { return nil }
    }

    /// The range that an address is in: `10.0.0.0/8` for `10.0.0.1/8`.
    ///
    /// - Returns: nil when `text` has not the form of a range.
    public init?(holding text: String) {
        self.init(parts: text)
        let length = text.split(separator: "/").dropFirst().first.map { "/\($0)" } ?? ""
        first = first.masked(bits)
        self.text = first.text(isShort: !text.contains(":")) + length
    }

    private init?(parts text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(parts[0]) else { return nil }
        // An IPv4 address that is written as one has its 32 bits behind the 96 of a mapped address.
        let isShort = !parts[0].contains(":")
        var bits = 128
        if parts.count == 2 {
            guard let number = UInt8(parts[1]), String(number) == parts[1], number <= (isShort ? 32 : 128) else {
                return nil
            }
            bits = Int(number) + (isShort ? 96 : 0)
        }
        (first, self.bits, self.text) = (address, bits, text)
    }

    public func contains(_ address: IPAddress) -> Bool {
        address.masked(bits) == first.masked(bits)
    }

    /// Whether every IPv4 address, or every address, is in it.
    public var holdsAll: Bool { bits == 0 || first.isIPv4 && bits == 96 }

    public static var expected: String { "an IP address or a range of them, such as 127.0.0.0/8" }
    public static var kind: SettingKind { .form("address range", pattern: #"^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$"#) }
    public var settingText: String { text.contains(":") ? "\"\(text)\"" : text }
    public init?(setting: SettingInput) {
        guard case .scalar(let text, _) = setting else { return nil }
        self.init(text)
    }

    /// Addresses of this machine alone (RFC 1122, section 3.2.1.3; RFC 4291, section 2.5.3).
    public static let loopback = ["127.0.0.0/8", "::1"].compactMap { AddressRange($0) }
}
