import ArgumentParser
import HandlerKit
import RouterConfig

/// `router handlers`: which handlers there are, and what each can be told.
struct Handlers: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the handlers, or explain one with its settings.",
        discussion: "Exit codes: 0, and 1 when no handler has this name.")

    @Argument(help: "The handler to explain; without it all are listed.")
    var name: String?

    @Flag(help: "Print JSON, for programs.")
    var json = false

    func run() throws {
        let list = HandlerList(RouterCommand.handlers)
        guard let name else { return StandardStream.output.write(json ? list.indentedJSON : list.text) }
        do throws(UnknownHandler) {
            let reference = try list.reference(name)
            StandardStream.output.write(json ? reference.indentedJSON : reference.text)
        } catch {
            StandardStream.error.write("router: \(error)\n")
            throw ExitCode.failure
        }
    }
}
