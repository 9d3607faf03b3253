import Foundation
import Handlers
import RouterConfig
import RouterCore
import Testing

@Suite("README says what is so")
struct ReadmeTests {
    private let readme: Document

    init() throws { readme = try Document("README.md") }

    @Test("The handler it shows is, to the letter, that of the package in Examples")
    func swift() throws {
        let shown = readme.blocks(in: "swift").map(\.text)
        #expect(try shown == [Repository.text(of: "Examples/dice-router/Sources/dice-router/Dice.swift")])
    }

    @Test("Its make commands, and those of the documents, are in the Makefile, and it leaves none out")
    func commands() throws {
        let makefile = try Repository.text(of: "Makefile")
        let targets = Set(makefile.matches(of: /(?m)^([a-z-]+):.*##/).map { String($0.1) })
        let named = readme.lines.flatMap { $0.matches(of: /(?:^    |`)make ([a-z-]+)/).map { String($0.1) } }
        #expect(Set(named) == targets)
    }

    @Test("Every option it names is one that the router has")
    func options() throws {
        let options = Set(readme.lines.flatMap { $0.matches(of: /--([a-z]+)[ ]/).map { String($0.1) } })
        let declared = try Repository.files(below: "Sources/RouterCommand").map(Repository.text).joined()
        for option in options { #expect(declared.contains("var \(option)"), "--\(option)") }
        #expect(options.contains("config"))
    }

    @Test("Every pipeline it shows loads without a warning")
    func pipelines() throws {
        let blocks = readme.blocks(in: "yaml")
        #expect(blocks.count == 1)
        for block in blocks {
            let loaded = try TemporaryFile(block.text).withPath { plugins in
                try ConfigurationFile.load(
                    Repository.path("config/chat.yaml"), handlers: bundledHandlers, plugins: plugins)
            }
            #expect(loaded.warnings.isEmpty && !loaded.plan.entries.isEmpty)
        }
    }

    @Test("The diagnostic it shows is what its first pipeline leads to with a letter left out")
    func diagnostic() throws {
        let shown = try #require(readme.blocks(in: "text").first { $0.text.contains("error[") })
        let mistaken = try #require(readme.blocks(in: "yaml").first).text.replacing("message:", with: "mesage:")
        try TemporaryFile(mistaken).withPath { plugins in
            let failure = #expect(throws: ConfigurationFailure.self) {
                try ConfigurationFile.load(
                    Repository.path("config/chat.yaml"), handlers: bundledHandlers, plugins: plugins)
            }
            let report = failure?.report.replacing(plugins, with: "quiet.yaml") ?? ""
            #expect(shown.text == "$ .build/release/router check --plugins quiet.yaml\n" + report)
        }
    }

    @Test("The frames it shows are those that the router sends, in this order, and no others")
    func frames() throws {
        let shown = try #require(readme.blocks(in: "text").first { $0.text.contains("you   <") })
        var exchange = Exchange()
        for line in Exchange.lines(of: shown.text) { exchange.check(line) }
        exchange.checkNothingIsLeft()
    }

    @Test("Every limit in its table has this default")
    func limits() throws {
        let all = LimitsPage.rows
        for row in readme.table(under: "## Limits and closes") {
            #expect(all.contains { $0[0] == row[0] && $0[1] == row[1] }, "\(row[0]): \(row[1])")
        }
    }

    @Test(
        "What it and the documents link to is there",
        arguments: [
            "README.md", "docs/protocol.md", "docs/limits.md", "docs/guide.md", "docs/handlers/README.md",
            "docs/hardening.md", "docs/journal.md",
        ])
    func links(_ name: String) throws {
        let links = try Document(name).links
        #expect(!links.isEmpty)
        for link in links { #expect(Repository.exists(link), "\(name) links to \(link)") }
    }

    @Test("Every path it names is there")
    func paths() throws {
        let folders = ["Fuzz/", "Sources/", "Tests/", "Examples/", "Scripts/", "config/", "docs/", "Benchmarks/"]
        for code in readme.code where folders.contains(where: code.hasPrefix) && !code.contains(" ") {
            #expect(Repository.exists(code), "\(code)")
        }
    }
}

/// A file that is there while something runs.
struct TemporaryFile {
    let text: String

    init(_ text: String) { self.text = text }

    func withPath<Result>(_ body: (String) throws -> Result) throws -> Result {
        let file = FileManager.default.temporaryDirectory.appending(path: "house-\(UUID().uuidString).yaml")
        try text.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        return try body(file.path)
    }
}
