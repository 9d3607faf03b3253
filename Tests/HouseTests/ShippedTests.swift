import HandlerKit
import Handlers
import RouterConfig
import RouterCore
import Testing

@Suite("What is shipped fits together")
struct ShippedTests {
    @Test(
        "Every configuration that is shipped loads without a warning",
        arguments: ["config/chat.yaml", "config/echo.yaml", "Benchmarks/bench.yaml"])
    func configurations(_ name: String) throws {
        let loaded = try ConfigurationFile.load(Repository.path(name), handlers: bundledHandlers)
        #expect(loaded.warnings.isEmpty && !loaded.plan.entries.isEmpty)
    }

    @Test("A handler's file is named after it in plugins.yaml: RateLimit.swift has rate-limit")
    func handlerFiles() throws {
        let all = try Repository.files(below: "Sources/Handlers", named: ".swift")
        let files = all.filter { !$0.contains("/Parts/") }.map { $0.split(separator: "/").last.map(String.init) ?? "" }
        let expected = bundledHandlers.map { Self.fileName(of: $0.name) } + ["BundledHandlers.swift"]
        #expect(files == expected.sorted())
    }

    @Test("A handler's type is named like its file, and says in one line what it does")
    func handlerTypes() {
        for handler in bundledHandlers {
            #expect("\(handler).swift" == Self.fileName(of: handler.name))
            #expect(handler.summary.hasSuffix(".") && !handler.summary.contains("\n"), "\(handler.name)")
        }
    }

    @Test("plugins.yaml explains every setting of its handlers")
    func explained() throws {
        let lines = try Repository.text(of: "plugins.yaml").split(separator: "\n")
        for line in lines where line.hasPrefix("      ") && line.contains(": ") && !line.contains("#") {
            // The welcome's text explains itself.
            #expect(line.contains("welcome_message"), "\(line)")
        }
    }

    private static func fileName(of name: String) -> String {
        name.split(separator: "-").map(\.capitalized).joined() + ".swift"
    }
}

extension Substring {
    fileprivate var capitalized: String { prefix(1).uppercased() + dropFirst() }
}
