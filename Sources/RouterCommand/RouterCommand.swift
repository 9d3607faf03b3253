public import ArgumentParser
public import HandlerKit

/// The command line of a router. Ten lines make one with handlers of your own:
///
///     import HandlerKit
///     import Handlers
///     import RouterCommand
///
///     @main enum MyRouter {
///         static func main() async { await RouterCommand.main(handlers: bundledHandlers + [Dice.self]) }
///     }
public struct RouterCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "router",
        abstract: "A WebSocket message router whose behaviour is a list of handlers in plugins.yaml.",
        version: routerVersion,
        subcommands: [Serve.self],
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
