import HandlerKit
import Testing

/// What a configuration file may give as a value, and what becomes of it.
private func value<Value: SettingValue>(_ text: String, quoted: Bool = false, of type: Value.Type) -> Value? {
    Value(setting: .scalar(text, quoted: quoted))
}

@Suite("Values that settings take")
struct SettingValueTests {
    @Test(
        "A whole number is decimal digits, and a minus at most",
        arguments: [
            ("0", 0), ("20", 20), ("-7", -7), ("9223372036854775807", Int.max),
            ("-9223372036854775808", Int.min),
        ])
    func integers(_ text: String, _ expected: Int) {
        #expect(value(text, of: Int.self) == expected)
    }

    @Test(
        "What is no whole number is refused",
        arguments: [
            "", " 1", "1 ", "1.0", "1e3", "1_000", "1,000", "0x10", "0o7", "0b1", "ten", "--1", "+", "٣",
            "010", "00", "-0", "-07", "+7",
            "9223372036854775808", "null", "true", "1s", "Infinity",
        ])
    func noIntegers(_ text: String) {
        #expect(value(text, of: Int.self) == nil)
    }

    @Test(
        "A number is decimal, with a fraction or an exponent where it likes",
        arguments: [
            ("0", 0.0), ("5", 5.0), ("-5", -5.0), ("0.25", 0.25), (".5", 0.5), ("1e3", 1_000), ("2.5E-1", 0.25),
            ("1e+3", 1_000), ("-0.5", -0.5),
        ])
    func numbers(_ text: String, _ expected: Double) {
        #expect(value(text, of: Double.self) == expected)
    }

    @Test(
        "What is no number, or not a finite one, is refused",
        arguments: [
            "", "nan", ".nan", "inf", ".inf", "-inf", "infinity", "1e400", "0x1p3", "1,5", "1_0.5", "five", "1.2.3",
            "e", ".", " 1.5", "5 ",
        ])
    func noNumbers(_ text: String) {
        #expect(value(text, of: Double.self) == nil)
    }

    @Test("A switch is true or false, in small letters", arguments: [("true", true), ("false", false)])
    func switches(_ text: String, _ expected: Bool) {
        #expect(value(text, of: Bool.self) == expected)
    }

    @Test(
        "The other words for a switch are refused",
        arguments: ["", "on", "off", "yes", "no", "True", "TRUE", "False", "1", "0", "y", "n", " true"])
    func noSwitches(_ text: String) {
        #expect(value(text, of: Bool.self) == nil)
    }

    @Test("A text is any scalar, in quotes or not", arguments: ["", "hello", "20", "true", "a: b", "ü", "\n", "\0"])
    func texts(_ text: String) {
        #expect(value(text, of: String.self) == text)
        #expect(value(text, quoted: true, of: String.self) == text)
    }

    @Test(
        "A number of bytes is whole, alone or with KiB, MiB or GiB",
        arguments: [
            ("0", 0), ("1", 1), ("10240", 10_240), ("10 KiB", 10_240), ("10KiB", 10_240), ("10  KiB", 10_240),
            ("1 MiB", 1_048_576), ("3 GiB", 3_221_225_472), ("9223372036854775807", Int.max),
            ("8589934591 GiB", 8_589_934_591 << 30),
        ])
    func byteCounts(_ text: String, _ expected: Int) {
        #expect(value(text, of: ByteCount.self) == ByteCount(expected))
    }

    @Test(
        "What is no number of bytes, or more than can be counted, is refused",
        arguments: [
            "", "KiB", " KiB", "-1", "-1 KiB", "1.5 KiB", "1 KB", "1 kib", "1 K", "1 TiB", "1 B", "10 bytes",
            "1 KiB KiB", "9223372036854775808", "8589934592 GiB", "0x10", "1_024",
        ])
    func noByteCounts(_ text: String) {
        #expect(value(text, of: ByteCount.self) == nil)
    }

    @Test(
        "A duration is a whole number with ms, s, m, h or d; 0 needs none",
        arguments: [
            ("0", Duration.zero), ("0s", .zero), ("250ms", .milliseconds(250)), ("10s", .seconds(10)),
            ("5m", .seconds(300)), ("2h", .seconds(7_200)), ("7d", .seconds(604_800)),
            ("1000000000d", .seconds(86_400_000_000_000)),
        ])
    func durations(_ text: String, _ expected: Duration) {
        #expect(value(text, of: Duration.self) == expected)
    }

    @Test(
        "What is no duration, or longer than can be counted, is refused",
        arguments: [
            "", "s", "ms", "10", "1", "-1s", "1.5s", "10 s", "10sec", "10S", "1w", "1us", "1000000001s", "1m30s",
            "9223372036854775808s", "00", "soon",
        ])
    func noDurations(_ text: String) {
        #expect(value(text, of: Duration.self) == nil)
    }

    private struct Opaque: SettingValue {
        static let expected = "anything"
        let settingText = "anything"
        init?(setting: SettingInput) {}
    }

    @Test("Each type of setting says which values there are; one of an author's own need not")
    func kinds() {
        #expect(Int.kind == .integer && Double.kind == .number && Bool.kind == .boolean && String.kind == .text)
        #expect(Duration.kind == .duration && ByteCount.kind == .byteCount)
        #expect(Fruit.kind == .words(["apple", "pear"]))
        #expect([[Fruit]].kind == .list(of: .list(of: .words(["apple", "pear"]))))
        #expect([[Fruit]].kind.name == "list of list of word")
        #expect(Opaque.kind == .value)
    }

    @Test(
        "What is written with a unit is what the pattern for it says",
        arguments: ["5", "5s", "250ms", "7d", "10 s", "s", "-5s", "5s5", "12345678901s"])
    func durationPattern(_ text: String) throws {
        let pattern = try Regex(Duration.unitPattern)
        #expect((text.firstMatch(of: pattern) != nil) == (value(text, of: Duration.self) != nil))
    }

    @Test(
        "What is written with a unit is what the pattern for it says",
        arguments: ["5 KiB", "5KiB", "5   GiB", "1 MiB", "KiB", "5 KB", "-5 KiB", "5 KiB ", "1.5 MiB"])
    func byteCountPattern(_ text: String) throws {
        let pattern = try Regex(ByteCount.unitPattern)
        #expect((text.firstMatch(of: pattern) != nil) == (value(text, of: ByteCount.self) != nil))
    }

    enum Fruit: String, CaseIterable, SettingValue { case apple, pear }

    @Test("A setting of few words takes one of them, in quotes or not")
    func words() {
        #expect(value("pear", of: Fruit.self) == .pear)
        #expect(value("pear", quoted: true, of: Fruit.self) == .pear)
        for text in ["", "Pear", "plum", " pear"] { #expect(value(text, of: Fruit.self) == nil) }
        #expect(Fruit.expected == "one of apple, pear")
        #expect(Fruit.pear.settingText == "pear")
    }

    @Test("A list takes entries that are each of its type, and none at all")
    func lists() {
        let numbers: [SettingInput] = [.scalar("1", quoted: false), .scalar("2", quoted: false)]
        #expect([Int](setting: .list(numbers)) == [1, 2])
        #expect([Int](setting: .list([])) == [])
        #expect([Int](setting: .list(numbers + [.scalar("three", quoted: false)])) == nil)
        #expect([String](setting: .list([.list([])])) == nil)
        #expect([[Int]](setting: .list([.list(numbers), .list([])])) == [[1, 2], []])
        #expect([Int](setting: .scalar("1", quoted: false)) == nil)
    }

    @Test("Numbers, switches, sizes and durations are refused in quotes")
    func quotes() {
        #expect(value("20", quoted: true, of: Int.self) == nil)
        #expect(value("20", quoted: true, of: Double.self) == nil)
        #expect(value("true", quoted: true, of: Bool.self) == nil)
        #expect(value("10 KiB", quoted: true, of: ByteCount.self) == nil)
        #expect(value("10s", quoted: true, of: Duration.self) == nil)
    }

    @Test("A list or a group where a single value is due is refused by every type")
    func shapes() {
        let shapes: [SettingInput] = [.list([]), .list([.scalar("1", quoted: false)]), .mapping([])]
        for shape in shapes {
            #expect(Int(setting: shape) == nil)
            #expect(Double(setting: shape) == nil)
            #expect(Bool(setting: shape) == nil)
            #expect(String(setting: shape) == nil)
            #expect(ByteCount(setting: shape) == nil)
            #expect(Duration(setting: shape) == nil)
            #expect(Fruit(setting: shape) == nil)
        }
        #expect([String](setting: .mapping([])) == nil)
    }
}
