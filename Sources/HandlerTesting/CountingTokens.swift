/// Numbers of which each is another, the same in every run: for tokens that resume sessions. Their hexadecimal digits are
/// decimal ones.
package struct CountingTokens: RandomNumberGenerator, Sendable {
    private var last: UInt64

    /// - Parameter start: those of another start are others, unless it is close.
    package init(from start: UInt64 = 0) { last = start }

    package mutating func next() -> UInt64 {
        last += 1
        return UInt64(String(last), radix: 16) ?? last
    }
}
