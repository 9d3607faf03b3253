/// A line of the log that anybody can cause as often as he likes: the first is written at once, those that follow are
/// counted, and told together when ten seconds are over.
///
///     if line.isDue(at: now) { log.warning("…") }                        // whenever it happens
///     if let due = line.due { … }                                        // when somebody can look at it then:
///     let more = line.takeUntold(at: now)                                // "… \(more) more"
package struct RepeatedLine: Sendable {
    /// Between two lines, in milliseconds.
    package static let interval: Int64 = 10_000

    private var isQuietUntil = Int64.min
    /// How often it has happened since the last line.
    private var untold = 0

    package init() {}

    /// It happens once more.
    ///
    /// - Parameter now: in milliseconds of the router's clock.
    /// - Returns: whether to say so at once; otherwise it is counted.
    package mutating func isDue(at now: Int64) -> Bool {
        guard now < isQuietUntil else {
            isQuietUntil = now + Self.interval
            return true
        }
        untold += 1
        return false
    }

    /// When it is time to tell of those that were counted; nil when there are none.
    package var due: Int64? { untold > 0 ? isQuietUntil : nil }

    /// - Returns: how many were counted; they are to be told now.
    package mutating func takeUntold(at now: Int64) -> Int {
        guard untold > 0 else { return 0 }
        defer { (untold, isQuietUntil) = (0, now + Self.interval) }
        return untold
    }
}

/// A name as the log shows it: its first 40 code points. A single "character" of a name may be hundreds of bytes long.
func logged(_ name: String) -> String {
    let start = name.unicodeScalars.prefix(40)
    return start.endIndex == name.endIndex ? name : "\(String(start))…"
}
