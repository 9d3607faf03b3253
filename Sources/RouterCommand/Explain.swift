import ArgumentParser
import HandlerKit
import Logging
import NIOCore
import RouterConfig
import RouterCore
import RouterServer

/// `router explain`: what the pipeline would do with a message.
struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what becomes of a message, handler by handler; nothing is sent.",
        discussion: """
            The message goes through the handlers of the configuration as they would run, with users that are there \
            only for it: User1 sends it, and the others are in the same room. What a handler itself asks elsewhere, a \
            database for one, it really asks. For example:
              router explain '{"type":"set_name","name":"Ada"}'
            Exit codes: 0 whatever becomes of the message, 1 when the configuration has errors or a handler can't \
            start, 2 when a file can't be read, 64 for wrong arguments.
            """)

    @Argument(help: "The message, as a client would send it.")
    var message: String

    @OptionGroup var options: ConfigurationOptions

    @Option(help: ArgumentHelp("How many users are online, the sender among them; 1 to 100.", valueName: "count"))
    var users = 2

    @Flag(help: "Print JSON, for programs.")
    var json = false

    func validate() throws {
        guard (1...100).contains(users) else { throw ValidationError("--users is 1 to 100.") }
    }

    func run() async throws {
        let loaded = try options.load()
        var pipeline = Pipeline(loaded.plan)
        do {
            try await pipeline.start()
        } catch {
            StandardStream.error.write("router: \(error)\n")
            throw ExitCode.failure
        }
        let rehearsal = Rehearsal(
            pipeline, limits: loaded.configuration.limits, pingInterval: loaded.configuration.timeouts.ping,
            users: users, clock: SystemClock(), log: Logger(label: "explain") { _ in SwiftLogNoOpLogHandler() })
        let (trace, received) = await rehearsal.explain(message)
        let explanation = Explanation(
            handlers: loaded.plan.entries.map { $0.handler.name }, route: rehearsal.route(of: type) ?? [],
            type: type, takesFrames: loaded.plan.entries.contains { $0.handler.types.takesFrames }, trace: trace,
            received: received)
        var handlers = rehearsal.takePipeline()
        await handlers.stop()
        StandardStream.output.write(json ? explanation.json.indentedJSON : explanation.text)
    }

    /// The message's `type`; empty when it has none.
    private var type: String {
        var object = JSONObject()
        try? object.read(.init(string: message))
        return object.value("type").flatMap(object.string) ?? ""
    }
}
