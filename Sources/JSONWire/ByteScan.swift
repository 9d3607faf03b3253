/// Eight bytes at a time.
enum ByteScan {
    private static let lows: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// Marks the bytes that cannot stand for themselves in a string: below 0x20, `"` and `\` (RFC 8259, section 7).
    ///
    /// A borrow can mark bytes above a marked one wrongly, so only "none" and the lowest mark are to be trusted.
    /// - Parameter word: eight bytes of text, the first of them lowest.
    @inline(__always)
    static func special(in word: UInt64) -> UInt64 {
        let quote = word ^ (lows &* 0x22)
        let backslash = word ^ (lows &* 0x5C)
        let control = (word &- (lows &* 0x20)) & ~word
        return (control | ((quote &- lows) & ~quote) | ((backslash &- lows) & ~backslash)) & highs
    }
}
