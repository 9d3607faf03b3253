import HandlerKit

/// Other ways to write a value that was refused, the likeliest first. The setting itself says which of them it takes.
enum Rewriting {
    struct Candidate: Equatable {
        /// As it has to be written.
        let text: String
        let input: SettingInput
    }

    /// - Parameter choices: words that the setting may take.
    static func candidates(for text: String, choices: [String]) -> [Candidate] {
        let single = [
            text, withoutSeparators(text), inDecimal(text), withoutSignAndZeros(text), wholeRange(text), asSwitch(text),
            Spelling.nearest(to: text, among: choices),
        ]
        let several = withKnownUnit(text) + withUnit(text) + asAddress(text)
        let scalars = (single.compactMap(\.self) + several).map { plain in
            Candidate(text: plain, input: .scalar(plain, quoted: false))
        }
        return scalars + asLists(text)
    }

    /// `1_000` and `1,000`
    private static func withoutSeparators(_ text: String) -> String? {
        let rest = text.filter { $0 != "_" && $0 != "," && $0 != "'" }
        return rest == text ? nil : rest
    }

    /// `0x10`, `0o20`, `0b1`
    private static func inDecimal(_ text: String) -> String? {
        let radixes = ["0x": 16, "0o": 8, "0b": 2]
        return radixes[String(text.prefix(2)).lowercased()].flatMap { Int(text.dropFirst(2), radix: $0) }.map(
            String.init)
    }

    /// `010`, `+5`, `+05s`
    private static func withoutSignAndZeros(_ text: String) -> String? {
        let unsigned = text.hasPrefix("+") ? text.dropFirst() : text[...]
        let significant = unsigned.drop { $0 == "0" }
        let isDigit = significant.first?.isNumber == true
        let rest = isDigit || significant.count == unsigned.count ? String(significant) : "0\(significant)"
        return rest == text ? nil : rest
    }

    /// `10.0.0.1/8`
    private static func wholeRange(_ text: String) -> String? {
        AddressRange(holding: text)?.settingText.filter { $0 != "\"" }
    }

    /// The words for a switch that YAML once had.
    private static func asSwitch(_ text: String) -> String? {
        switch text.lowercased() {
        case "true", "yes", "on", "y", "1", "enabled": "true"
        case "false", "no", "off", "n", "0", "disabled": "false"
        default: nil
        }
    }

    /// `5` as a duration is most often meant in seconds.
    private static func withUnit(_ text: String) -> [String] {
        Int(text) == nil ? [] : ["\(text)s", "\(text)ms"]
    }

    /// `8080`, `:8080`, `localhost`
    private static func asAddress(_ text: String) -> [String] {
        let port = text.hasPrefix(":") ? String(text.dropFirst()) : text
        return Int(port) == nil ? ["\(text):8080"] : ["127.0.0.1:\(port)"]
    }

    /// `10 sec`, `10 S`, `64 KB`, `64kib`
    private static func withKnownUnit(_ text: String) -> [String] {
        let number = text.prefix { $0.isASCII && $0.isNumber }
        let word = text.dropFirst(number.count).filter { $0 != " " }.lowercased()
        guard !number.isEmpty else { return [] }
        return units.filter { $0.spellings.contains(word) }.map { number + $0.unit }
    }

    private static let units: [(unit: String, spellings: Set<String>)] = [
        ("ms", ["ms", "msec", "msecs", "millis", "millisecond", "milliseconds"]),
        ("s", ["s", "sec", "secs", "second", "seconds"]),
        ("m", ["m", "min", "mins", "minute", "minutes"]),
        ("h", ["h", "hr", "hrs", "hour", "hours"]),
        ("d", ["d", "day", "days"]),
        (" KiB", ["k", "kb", "kib", "ki"]),
        (" MiB", ["m", "mb", "mib", "mi"]),
        (" GiB", ["g", "gb", "gib", "gi"]),
        ("", ["b", "byte", "bytes"]),
    ]

    /// One entry, or several with commas between them, where a list is due.
    private static func asLists(_ text: String) -> [Candidate] {
        let items = text.split(separator: ",").map { $0.drop { $0 == " " } }.map(String.init)
        return [true, false].map { isText in
            let written = items.map { isText ? quoted($0) : $0 }.joined(separator: ", ")
            return Candidate(text: "[\(written)]", input: .list(items.map { .scalar($0, quoted: isText) }))
        }
    }
}
