import HandlerKit
import Handlers
import RouterCore
import Testing
import WebSocketWire

@Suite("docs/limits.md says what the code declares")
struct LimitsTests {
    private let page: Document

    init() throws { page = try Document("docs/limits.md") }

    @Test(
        "Every limit and timeout stands there, with default and range, in the order of its declaration",
        arguments: ["limits", "timeouts"])
    func sections(_ section: String) {
        let declared = LimitsPage.rows(of: section)
        #expect(!declared.isEmpty)
        #expect(
            page.table(under: "## `\(section)`").map { Array($0.prefix(3)) } == declared.map { Array($0.prefix(3)) })
    }

    @Test("What it says of a handler's setting is what the handler declares, in the order of the declarations")
    func handlers() {
        let shown = page.table(under: "## Handlers").map { Array($0.prefix(4)) }
        let declared = bundledHandlers.flatMap { handler in
            LimitsPage.rows(of: handler.init()).map { ["`\(handler.name)`"] + $0.prefix(3) }
        }
        #expect(!shown.isEmpty)
        #expect(declared.filter(shown.contains) == shown)
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
