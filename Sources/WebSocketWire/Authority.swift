import Addresses

/// A host and perhaps a port, as they stand in a Host header and behind the scheme of an address (RFC 3986, section 3.2).
struct Authority: Equatable {
    /// In lower case; an IPv6 address with its brackets.
    let host: String
    let port: UInt16?

    /// - Returns: nil when `text` is no host with or without a port; user names are not taken.
    init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        let bracket = bytes.first == UInt8(ascii: "[") ? bytes.firstIndex(of: UInt8(ascii: "]")) : nil
        let colon = bytes[(bracket ?? 0)...].firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
        let host = bytes[..<colon]
        guard bracket == nil ? Self.isName(host) : Self.isIPv6(host) else { return nil }
        self.host = String(decoding: host.map(\.lowercasedASCII), as: UTF8.self)
        let digits = bytes[colon...].dropFirst()
        guard digits.allSatisfy(\.isASCIIDigit) else { return nil }
        port = UInt16(String(decoding: digits, as: UTF8.self))
        guard port != nil || digits.isEmpty else { return nil }
    }

    /// The port, or that of `scheme` when none is named.
    func port(scheme: String) -> UInt16? {
        port ?? (scheme == "https" || scheme == "wss" ? 443 : scheme == "http" || scheme == "ws" ? 80 : nil)
    }

    /// `localhost`, 127.0.0.0/8 or `[::1]`.
    var isLoopback: Bool {
        host == "localhost" || host == "[::1]" || IPv4Literal(host)?.octets.first == 127
    }

    /// Whether no name server had a say in where this leads.
    var isAddress: Bool { host.hasPrefix("[") || IPv4Literal(host) != nil }

    private static func isName(_ host: ArraySlice<UInt8>) -> Bool {
        !host.isEmpty
            && host.allSatisfy { byte in
                // RFC 3986: unreserved, percent and sub-delims, less the comma, which would make a list of it.
                byte.isTokenCharacter && byte != UInt8(ascii: "#") && byte != UInt8(ascii: "^")
                    && byte != UInt8(ascii: "`") && byte != UInt8(ascii: "|")
            }
    }

    private static func isIPv6(_ host: ArraySlice<UInt8>) -> Bool {
        guard host.last == UInt8(ascii: "]") else { return false }
        let inside = host.dropFirst().dropLast()
        return inside.contains(UInt8(ascii: ":")) && IPAddress(String(decoding: inside, as: UTF8.self)) != nil
    }
}

/// Four decimal numbers without leading zeros; `127.1` and `0x7f.0.0.1` are not taken.
private struct IPv4Literal {
    let octets: [UInt8]

    init?(_ host: String) {
        octets = host.split(separator: ".", omittingEmptySubsequences: false).compactMap { part in
            UInt8(part).flatMap { String($0) == part ? $0 : nil }
        }
        guard octets.count == 4, host.utf8.count(where: { $0 == UInt8(ascii: ".") }) == 3 else { return nil }
    }
}
