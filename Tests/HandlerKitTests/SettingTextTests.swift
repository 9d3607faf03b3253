import HandlerKit
import Testing

@Suite("Values as they are written in a configuration file")
struct SettingTextTests {
    @Test("A whole number comes back as it was", arguments: [0, 1, -1, 1_000_000, .max, .min])
    func integers(_ number: Int) {
        #expect(Int(setting: .scalar(number.settingText, quoted: false)) == number)
    }

    @Test("A number comes back as it was", arguments: [0, 5, 0.01, -2.5, 1e300, 1e-9, .pi, 9.3e18])
    func numbers(_ number: Double) {
        #expect(Double(setting: .scalar(number.settingText, quoted: false)) == number)
    }

    @Test("A number without a fraction is written without one")
    func wholeNumbers() {
        #expect(5.0.settingText == "5")
        #expect(0.25.settingText == "0.25")
    }

    @Test("A switch comes back as it was", arguments: [true, false])
    func switches(_ value: Bool) {
        #expect(Bool(setting: .scalar(value.settingText, quoted: false)) == value)
    }

    @Test(
        "A number of bytes comes back as it was, in the largest unit that leaves no rest",
        arguments: [
            (0, "0"), (1, "1"), (1_000, "1000"), (1_024, "1 KiB"), (10_240, "10 KiB"), (1_048_576, "1 MiB"),
            (1_048_577, "1048577"), (5 << 30, "5 GiB"), (Int.max, "9223372036854775807"),
        ])
    func byteCounts(_ bytes: Int, _ text: String) {
        #expect(ByteCount(bytes).settingText == text)
        #expect(ByteCount(setting: .scalar(text, quoted: false)) == ByteCount(bytes))
    }

    @Test(
        "A duration comes back as it was, in the largest unit that leaves no rest",
        arguments: [
            (0, "0s"), (1, "1ms"), (1_500, "1500ms"), (10_000, "10s"), (90_000, "90s"), (300_000, "5m"),
            (7_200_000, "2h"), (604_800_000, "7d"),
        ])
    func durations(_ milliseconds: Int, _ text: String) {
        #expect(Duration.milliseconds(milliseconds).settingText == text)
        #expect(Duration(setting: .scalar(text, quoted: false)) == .milliseconds(milliseconds))
        #expect(Duration.milliseconds(milliseconds).milliseconds == milliseconds)
    }

    @Test(
        "A text that could be taken for something else is written in quotes",
        arguments: [
            ("hello", "hello"), ("../plugins.yaml", "../plugins.yaml"), ("/etc/router", "/etc/router"),
            ("grün_1", "grün_1"), ("", #""""#), ("null", #""null""#), ("True", #""True""#), ("off", #""off""#),
            ("20", #""20""#), (".5", #"".5""#), ("..", #""..""#), ("-x", #""-x""#), ("Echo: ", #""Echo: ""#),
            ("<>", #""<>""#), ("a#b", #""a#b""#), (#"say "hi"\"#, #""say \"hi\"\\""#), ("a\nb", #""a\nb""#),
            ("\0\t\u{7F}\u{2028}", #""\u0000\u0009\u007f\u2028""#),
        ])
    func texts(_ text: String, _ written: String) {
        #expect(text.settingText == written)
    }

    @Test("A list is written in brackets")
    func lists() {
        #expect([Int]().settingText == "[]")
        #expect(["a", "null"].settingText == #"[a, "null"]"#)
        #expect([1, 2].settingText == "[1, 2]")
    }

    @Test("Sizes are ordered by their bytes")
    func order() {
        #expect(ByteCount.bytes(1_023) < .kibibytes(1))
        #expect(ByteCount.kibibytes(1_024) == .mebibytes(1))
        #expect(!(ByteCount.mebibytes(1) < .mebibytes(1)))
    }
}
