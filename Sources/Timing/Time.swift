/// The time of the tick, as the router's clock gave it.
public struct Time: Sendable, Equatable {
    /// Unix seconds, as in every `timestamp`.
    public package(set) var unix: Int64 = 0
    /// Milliseconds of a clock that never goes back; for measuring.
    public package(set) var milliseconds: Int64 = 0
    /// What local time is ahead of UTC, in seconds.
    package var secondsFromUTC = 0

    package init(unix: Int64 = 0, milliseconds: Int64 = 0, secondsFromUTC: Int = 0) {
        self.unix = unix
        self.milliseconds = milliseconds
        self.secondsFromUTC = secondsFromUTC
    }

    /// The local time as `YYYY-MM-DD HH:MM:SS`.
    public var local: String {
        let seconds = Int(unix) + secondsFromUTC
        let day = Int((Double(seconds) / 86_400).rounded(.down))
        let rest = seconds - day * 86_400
        let date = civilDate(day)
        return "\(padded(date.year, 4))-\(padded(date.month))-\(padded(date.day)) "
            + "\(padded(rest / 3_600)):\(padded(rest / 60 % 60)):\(padded(rest % 60))"
    }

    private func padded(_ number: Int, _ width: Int = 2) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// The Gregorian date of a day counted from 1970-01-01, by counting years from March so that leap days come last.
    private func civilDate(_ day: Int) -> (year: Int, month: Int, day: Int) {
        let fromEpoch = day + 719_468  // days from 0000-03-01
        let era = (fromEpoch >= 0 ? fromEpoch : fromEpoch - 146_096) / 146_097
        let dayOfEra = fromEpoch - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let fromMarch = (5 * dayOfYear + 2) / 153
        let month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * fromMarch + 2) / 5 + 1)
    }
}
