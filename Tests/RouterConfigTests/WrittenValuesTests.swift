import HandlerKit
import Testing

@testable import RouterConfig

@Suite("Values as settings write them, read again by the parser")
struct WrittenValuesTests {
    private func reread<Value: SettingValue>(_ value: Value) throws -> Value? {
        let file = SourceFile(name: "written.yaml", text: "key: \(value.settingText)\nnext: 1\n")
        let (root, diagnostics) = NodeReader.read(file)
        #expect(diagnostics.isEmpty)
        let members = try #require(root?.members)
        #expect(members.map(\.key) == ["key", "next"])
        return Value(setting: members[0].value.input)
    }

    @Test(
        "A text comes back as it was",
        arguments: [
            "", " ", "hello", "null", "~", "true", "20", "a: b", "a #b", "#b", "- a", "{a}", "[a]", "&a", "*a", "!a",
            "%a", "@a",
            "`a`", "\"", "'", "\\", "\\n", "\n", "\r\n", "\t", "\0", "\u{7F}", "\u{85}", "\u{2028}", "\u{FEFF}", "ü",
            "日本", "👩‍👩‍👧",
            "../plugins.yaml", "Echo: ", "---", "...", "?", "|", ">", "<>", ",",
        ])
    func texts(_ text: String) throws {
        #expect(try reread(text) == text)
        #expect(try reread([text, text]) == [text, text])
    }

    @Test("Numbers, switches, sizes and durations come back as they were")
    func others() throws {
        #expect(try reread(-5) == -5)
        #expect(try reread(0.25) == 0.25)
        #expect(try reread(true) == true)
        #expect(try reread(ByteCount.kibibytes(10)) == .kibibytes(10))
        #expect(try reread(Duration.milliseconds(1_500)) == .milliseconds(1_500))
        #expect(try reread([[1, 2], []]) == [[1, 2], []])
    }
}
