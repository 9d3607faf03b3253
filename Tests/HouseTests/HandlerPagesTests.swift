import Handlers
import RouterConfig
import Testing

@Suite("docs/handlers has a page for each handler")
struct HandlerPagesTests {
    private let pages = HandlerList(bundledHandlers).pages

    @Test("Each page says what the handler declares, and there is none besides")
    func current() throws {
        let there = try Repository.files(below: "docs/handlers")
        #expect(there == pages.map { "docs/handlers/\($0.file)" }.sorted(), "run make docs")
        for page in pages {
            let text = try? Repository.text(of: "docs/handlers/\(page.file)")
            #expect(text == page.text, "docs/handlers/\(page.file) is not current: run make docs")
        }
    }

    @Test("Every pipeline that they show loads without a warning")
    func pipelines() throws {
        for page in pages where page.file != "README.md" {
            let blocks = try Document("docs/handlers/\(page.file)").blocks(in: "yaml")
            #expect(blocks.count == 1)
            for block in blocks {
                let loaded = try TemporaryFile(block.text).withPath { plugins in
                    try ConfigurationFile.load(
                        Repository.path("config/echo.yaml"), handlers: bundledHandlers, plugins: plugins)
                }
                #expect(loaded.warnings.isEmpty, "\(page.file): \(loaded.warnings)")
            }
        }
    }
}
