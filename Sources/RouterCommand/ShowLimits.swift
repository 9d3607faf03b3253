import ArgumentParser
import HandlerKit
import RouterConfig

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `router limits`: every limit and timeout, and what happens when it is hit.
struct ShowLimits: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limits",
        abstract: "List every limit and timeout, with its default and what happens when it is hit.",
        discussion: """
            With --markdown it writes the tables of a page such as docs/limits.md anew, and leaves the rest of it as it is.
            Exit codes: 0, and 1 when there is no such page, or it has no such tables.
            """)

    @Option(help: ArgumentHelp("Write the tables into this page.", valueName: "page"))
    var markdown: String?

    func run() throws {
        let limits = LimitsReference(RouterCommand.handlers)
        guard let markdown else { return StandardStream.output.write(limits.text) }
        do {
            let page = try limits.rewritten(String(contentsOfFile: markdown, encoding: .utf8))
            try Data(page.utf8).write(to: URL(filePath: markdown))
        } catch {
            let reason = (error as? MissingTable)?.description ?? "can't be read and written"
            StandardStream.error.write("router: \(markdown): \(reason)\n")
            throw ExitCode.failure
        }
    }
}
