import HandlerKit
import Handlers
import RouterConfig
import Testing

@Suite("Every limit and timeout is told from its declaration")
struct LimitsReferenceTests {
    private let reference = LimitsReference([RateLimit.self])

    @Test("as text, with its default, its values and what happens when it is hit")
    func text() {
        #expect(
            reference.text.contains(
                """
                  max_fragments: 128
                      Most frames that one message may come in.
                      Values: 1 to 1000000 frames.
                      When it is hit: close 1008.
                """))
        for heading in [
            "limits, in the configuration:", "timeouts, in the configuration:", "rate-limit, in plugins.yaml:",
        ] {
            #expect(reference.text.contains(heading))
        }
    }

    @Test("in a page, whose other lines stay as they are")
    func page() throws {
        let page =
            "# A\n\n## `limits`\n\nb\n\n| old |\n|---|\n\nc\n## `timeouts`\n| old |\n## `journal`\n| old |\n## Handlers\n| old |\n\n## D\n| e |\n"
        let rewritten = try reference.rewritten(page)
        #expect(rewritten.hasPrefix("# A\n\n## `limits`\n\nb\n\n| setting | default |"))
        #expect(rewritten.contains("| `close` | 5s | 100ms to 10m |"))
        #expect(rewritten.contains("## `journal`\n| setting |") && rewritten.contains("\n| `keep_for` | 365d |"))
        #expect(rewritten.contains("\n\nc\n## `timeouts`\n| setting |") && rewritten.hasSuffix("\n\n## D\n| e |\n"))
        #expect(rewritten.contains("| `rate-limit` | `burst` | 20 | 1 to 1000000 |"))
        #expect(!rewritten.contains("| old |"))
        #expect(try reference.rewritten(rewritten) == rewritten)
    }

    @Test("not in a page without the heading or the table", arguments: ["", "## `limits`\n## `timeouts`\n| a |\n"])
    func missing(page: String) {
        #expect(throws: MissingTable.self) { try reference.rewritten(page) }
    }
}
