import HandlerKit
import RouterConfig
import Testing

@Suite("docs/journal.md says what is so")
struct JournalPageTests {
    private let page: Document

    init() throws { page = try Document("docs/journal.md") }

    @Test("Its settings are those that there are, with their defaults")
    func current() {
        let declared = settings(of: JournalSettings()).map { ["`\($0.name)`", $0.setting.text] }
        #expect(page.table(under: "## Settings").map { Array($0[..<2]) } == declared)
    }

    @Test(
        "What the router says when it does not start stands in the code as the page quotes it, or in the test of a full disk"
    )
    func failures() throws {
        let code = try (Repository.files(below: "Sources/Stores/SQLite") + ["Tests/Clients/journal_start_tests.py"])
            .map(Repository.text).joined()
        let rows = page.table(under: "## When it does not start")
        #expect(rows.count > 4)
        for row in rows {
            for quoted in row[0].matches(of: /`([^`]+)`/) { #expect(code.contains(quoted.1), "\(row[0])") }
        }
    }

    @Test("The first lines it shows are in the words of the code")
    func firstLines() throws {
        let code = try Repository.text(of: "Sources/RouterCommand/KeptPosts.swift")
        let lines = try #require(page.blocks(in: "text").first).text.split(separator: "\n")
        #expect(lines.count == 3)
        for line in lines {
            let words = line.dropFirst("router: ".count).prefix { $0 != "…" }
            #expect(code.contains(words.trimmingSuffix(while: \.isWhitespace)), "\(line)")
        }
    }

    @Test("The blocks of ids and the size of the log are those of the code")
    func figures() throws {
        let text = page.lines.joined(separator: "\n")
        let ids = try Repository.text(of: "Sources/RouterCore/IdSource.swift")
        #expect(text.contains("blocks of 20,000 and 1,000,000"))
        #expect(ids.contains("var users: Int64 = 20_000") && ids.contains("var messages: Int64 = 1_000_000"))
        #expect(text.contains("grows to some 64 MiB"))
        #expect(
            try Repository.text(of: "Sources/Stores/SQLite/Opening.swift").contains(
                #"journal_size_limit = \(64 << 20)"#))
    }
}

extension Substring {
    fileprivate func trimmingSuffix(while matches: (Character) -> Bool) -> Substring {
        var rest = self
        while let last = rest.last, matches(last) { rest.removeLast() }
        return rest
    }
}
