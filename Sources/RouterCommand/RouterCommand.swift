public import ArgumentParser
public import HandlerKit

/// The command line of a router. These lines, as `main.swift`, make one with a handler of your own:
///
///     import Handlers
///     import RouterCommand
///
///     await RouterCommand.main(handlers: bundledHandlers + [Shout.self])
public struct RouterCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: programName,
        abstract: "A WebSocket message router whose behaviour is a list of handlers in plugins.yaml.",
        discussion: """
            Without a subcommand it serves, as in:
              \(programName) --config config/chat.yaml
              \(programName) --listen 127.0.0.1:9000 --plugins plugins.yaml
            """,
        version: routerVersion,
        subcommands: [
            Serve.self, Check.self, Handlers.self, ShowLimits.self, Schema.self, Explain.self, NewHandler.self,
        ],
        defaultSubcommand: Serve.self)

    /// The handlers that plugins.yaml can name.
    @TaskLocal static var handlers: [any Handler.Type] = []

    public init() {}

    /// Does what the arguments of this process say, and exits.
    ///
    /// - Parameter handlers: those that plugins.yaml can name.
    public static func main(handlers: [any Handler.Type]) async {
        await $handlers.withValue(handlers) { await main() }
    }
}

/// The version of this router; `router --version` prints it.
public let routerVersion = "0.1.0"

/// What this program is called; a router with handlers of one's own has a name of its own.
let programName = CommandLine.arguments.first?.split(separator: "/").last.map(String.init) ?? "router"
