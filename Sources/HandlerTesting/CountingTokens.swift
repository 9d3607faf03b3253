/// Numbers of which each is another, the same in every run: for tokens that resume sessions.
package struct CountingTokens: RandomNumberGenerator, Sendable {
    private var last: UInt64

    /// - Parameter start: those of another start are others, unless it is close.
    package init(from start: UInt64 = 0) { last = start }

    package mutating func next() -> UInt64 {
        last += 1
        return last &* 0x9E37_79B9_7F4A_7C15
    }
}
