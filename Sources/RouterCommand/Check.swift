import ArgumentParser
import HandlerKit
import RouterConfig
import RouterCore

/// `router check`: reads the configuration as a start would, and starts nothing.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what is wrong with the configuration, and start nothing.",
        discussion: """
            Exit codes: 0 when the router would start, perhaps with warnings; 1 when there are errors; 2 when a file \
            can't be read.
            With --json everything is on standard output: "ok", which says whether the router would start; if so \
            its "handlers"; and all "diagnostics", each with "file", "line", "column", "length", "severity", "code", \
            "message", "help" and "source_line". Lines and columns count from 1, in Unicode scalars; line 0 is the \
            file as a whole.
            """)

    @OptionGroup var options: ConfigurationOptions

    @Flag(help: "Print what there is to say as JSON, for editors and CI.")
    var json = false

    func run() throws {
        if json { try printJSON() } else { try printText() }
    }

    private func printJSON() throws {
        do throws(ConfigurationFailure) {
            StandardStream.output.write(CheckReport(try options.read()).indentedJSON)
        } catch {
            StandardStream.output.write(CheckReport(error).indentedJSON)
            throw error.exitCode
        }
    }

    private func printText() throws {
        let loaded = try options.load()
        StandardStream.error.write(loaded.warnings.report)
        guard loaded.warnings.isEmpty else { return }
        let handlers = loaded.plan.entries.map { $0.handler.name }
        StandardStream.output.write("\(options.config) is right; its handlers: \(handlers.joined(separator: ", "))\n")
    }
}
