import ArgumentParser
import HandlerKit
import RouterConfig
import RouterCore

/// `router check`: reads the configuration as a start would, and starts nothing.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what is wrong with the configuration, and start nothing.",
        discussion: "Exit codes: 0 when the router would start, 1 when there are errors, 2 when a file can't be read.")

    @OptionGroup var options: ConfigurationOptions

    func run() throws {
        let loaded = try options.load()
        StandardStream.error.write(loaded.warnings.report)
        guard loaded.warnings.isEmpty else { return }
        let handlers = loaded.plan.entries.map { $0.handler.name }
        StandardStream.output.write("\(options.config) is right; its handlers: \(handlers.joined(separator: ", "))\n")
    }
}
