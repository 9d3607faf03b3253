import Foundation
import HandlerKit
import TestSupport
import Testing

@Suite("P14: local time")
struct TimeTests {
    private func expected(_ unix: Int64, _ offset: Int) throws -> String {
        let zone = try #require(TimeZone(secondsFromGMT: offset))
        let style = Date.ISO8601FormatStyle(timeZone: zone).year().month().day().dateTimeSeparator(.space)
            .time(includingFractionalSeconds: false)
        return Date(timeIntervalSince1970: Double(unix)).formatted(style)
    }

    @Test("the same as Foundation writes, from 1600 to 9999 and for any offset", arguments: 0..<10)
    func random(seed: UInt64) throws {
        var random = Seeded(seed)
        for _ in 0..<300 {
            let unix = Int64.random(in: -11_676_009_600...253_402_200_000, using: &random)
            let offset = Int.random(in: -14 * 60...14 * 60, using: &random) * 60
            #expect(Time(unix: unix, secondsFromUTC: offset).local == (try expected(unix, offset)))
        }
    }

    @Test(
        "on both sides of days, months, years and leap days",
        arguments: [
            0, 68_169_600, 951_782_400, 951_868_800, 1_077_926_400, 1_709_164_800, 1_767_225_600, 4_107_456_000,
            4_107_542_400, -1, -86_400,
            -2_203_891_200, 13_574_563_200,
        ])
    func edges(unix: Int64) throws {
        for unix in [unix - 1, unix, unix + 1] {
            for offset in [-43_200, -12_600, 0, 20_700, 50_400] {
                #expect(Time(unix: unix, secondsFromUTC: offset).local == (try expected(unix, offset)))
            }
        }
    }

    @Test("every day of 400 years has its date")
    func days() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        for day in stride(from: Int64(0), to: 146_097, by: 7) {
            let parts = calendar.dateComponents(
                [.year, .month, .day], from: Date(timeIntervalSince1970: Double(day * 86_400)))
            let digits = try [parts.year, parts.month, parts.day].map { part in
                let text = String(try #require(part))
                return text.count < 2 ? "0" + text : text
            }
            #expect(Time(unix: day * 86_400).local == digits.joined(separator: "-") + " 00:00:00")
        }
    }
}
