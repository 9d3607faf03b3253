/// What may be the address of a picture: `http` or `https`, absolute, as RFC 3986 writes it, without credentials.
///
/// It is never fetched here, and it is passed on as it came. What the RFC leaves to each scheme is decided so: the host is
/// not empty, an address in brackets is IPv6 without a zone, and a port is below 65536.
package enum ImageURL {
    package static let maxBytes = 2_048

    package static func isAllowed(_ url: String) -> Bool {
        let bytes = url.utf8
        guard bytes.count <= maxBytes, let start = endOfScheme(bytes) else { return false }
        let rest = bytes[start...]
        let end = rest.firstIndex { [.slash, .questionMark, .numberSign].contains($0) } ?? rest.endIndex
        return isAuthority(rest[..<end]) && isPathQueryAndFragment(rest[end...])
    }

    /// Behind `http://` or `https://`; the case of a scheme means nothing (RFC 3986, section 3.1).
    private static func endOfScheme(_ bytes: String.UTF8View) -> String.Index? {
        for scheme in ["http://", "https://"] where bytes.count > scheme.utf8.count {
            let start = bytes.prefix(scheme.utf8.count)
            if start.elementsEqual(scheme.utf8, by: { $0.lowercased == $1 }) { return start.endIndex }
        }
        return nil
    }

    /// `host [ ":" port ]` (section 3.2). Whatever has an `@` in it would be credentials.
    private static func isAuthority(_ text: Substring.UTF8View) -> Bool {
        guard text.first == .openingBracket else {
            let end = text.firstIndex(of: .colon) ?? text.endIndex
            return end > text.startIndex && consists(text[..<end], of: isRegisteredName) && isPort(text[end...])
        }
        guard let end = text.firstIndex(of: .closingBracket) else { return false }
        return isIPv6(text[..<end].dropFirst()) && isPort(text[end...].dropFirst())
    }

    /// Nothing, or a colon and digits; no digits mean the scheme's own port (section 3.2.3).
    private static func isPort(_ text: Substring.UTF8View) -> Bool {
        guard let colon = text.first else { return true }
        let digits = text.dropFirst()
        return colon == .colon && digits.allSatisfy(\.isDigit)
            && (digits.isEmpty || Int(String(Substring(digits))).map { $0 <= 65_535 } == true)
    }

    private static func isPathQueryAndFragment(_ text: Substring.UTF8View) -> Bool {
        let parts = text.split(separator: .numberSign, maxSplits: 1, omittingEmptySubsequences: false)
        return parts.allSatisfy { consists($0, of: isPathOrQuery) }
    }

    /// Whether there is nothing but these characters and well-formed percent-escapes (section 2.1).
    private static func consists(_ text: Substring.UTF8View, of isAllowed: (UInt8) -> Bool) -> Bool {
        var rest = text
        while let byte = rest.popFirst() {
            if byte == .percent {
                guard rest.popFirst()?.isHexadecimal == true, rest.popFirst()?.isHexadecimal == true else {
                    return false
                }
            } else if !isAllowed(byte) {
                return false
            }
        }
        return true
    }

    /// `reg-name`, an IPv4 address among them (section 3.2.2): unreserved characters and sub-delims.
    private static func isRegisteredName(_ byte: UInt8) -> Bool {
        byte.isDigit || byte.isLetter || "-._~!$&'()*+,;=".utf8.contains(byte)
    }

    /// The characters of paths, queries and fragments (sections 3.3 to 3.5).
    private static func isPathOrQuery(_ byte: UInt8) -> Bool {
        isRegisteredName(byte) || ":@/?".utf8.contains(byte)
    }

    /// `IPv6address` (section 3.2.2): eight groups, or at most seven around one `::`.
    private static func isIPv6(_ text: Substring.UTF8View) -> Bool {
        let halves = Substring(text).split(separator: "::", omittingEmptySubsequences: false)
        let counts = halves.indices.compactMap { groups(halves[$0], mayEndInIPv4: $0 == halves.endIndex - 1) }
        guard counts.count == halves.count else { return false }
        let count = counts.reduce(0, +)
        return halves.count == 1 ? count == 8 : halves.count == 2 && count <= 7
    }

    /// How many groups of up to four hexadecimal digits these are, an IPv4 address counted as two; nil when they are none.
    private static func groups(_ text: Substring, mayEndInIPv4: Bool) -> Int? {
        guard !text.isEmpty else { return 0 }
        var groups = text.utf8.split(separator: .colon, omittingEmptySubsequences: false)
        var count = groups.count
        if mayEndInIPv4, let last = groups.last, isIPv4(last) {
            groups.removeLast()
            count += 1
        }
        return groups.allSatisfy { (1...4).contains($0.count) && $0.allSatisfy(\.isHexadecimal) } ? count : nil
    }

    /// Four numbers from 0 to 255 without leading zeros.
    private static func isIPv4(_ text: Substring.UTF8View) -> Bool {
        let parts = text.split(separator: .period, omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                part.allSatisfy(\.isDigit) && UInt8(Substring(part)).map { String($0).utf8.elementsEqual(part) } == true
            }
    }
}
