import HandlerKit
import Handlers
import RouterConfig
import RouterCore
import Testing
import WebSocketWire

@Suite("docs/limits.md says what the code declares")
struct LimitsTests {
    private let page: Document

    init() throws { page = try Document("docs/limits.md") }

    @Test("Its tables are those that the settings declare")
    func current() throws {
        let text = page.lines.joined(separator: "\n")
        #expect(try LimitsReference(bundledHandlers).rewritten(text) == text, "run make docs")
        for heading in ["## `limits`", "## `timeouts`", "## Handlers"] { #expect(page.table(under: heading).count > 5) }
    }

    @Test("Every limit and timeout says what happens when it is hit", arguments: ["limits", "timeouts"])
    func sections(_ section: String) {
        let declared = LimitsPage.rows(of: section).map { $0[0] }
        #expect(!declared.isEmpty)
        #expect(page.table(under: "## `\(section)`").map { $0[0] } == declared)
    }

    @Test("What has no setting stands in the code as the page quotes it")
    func fixed() throws {
        let rows = page.table(under: "## Without a setting")
        #expect(rows.count > 5)
        for row in rows {
            let place = try #require(row[3].wholeMatch(of: /`([^`]+)` in \[.*\]\(\.\.\/(.*)\)/), "\(row[3])")
            #expect(try Repository.text(of: String(place.2)).contains(place.1), "\(row[3])")
        }
    }

    @Test("Each says what happens when it is hit")
    func consequences() {
        for heading in ["## `limits`", "## `timeouts`", "## Handlers"] {
            for row in page.table(under: heading) { #expect(row.last?.isEmpty == false, "\(row[0])") }
        }
    }

    @Test("The close codes are those that the router can send, each with its error code where it has one")
    func closeCodes() {
        let rows = page.table(under: "## Close codes").map { [$0[0], $0[1]] }
        let closings = Closings.all.map { [$0.code.description, $0.isAnnounced ? "`\($0.error.rawValue)`" : ""] }
        #expect(Set(rows) == Set(closings))
        #expect(rows.count == Set(rows).count)
    }
}
