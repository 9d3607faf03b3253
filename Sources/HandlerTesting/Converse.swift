import Dispatch
import Foundation
import Logging
import RouterCore
import RouterServer

/// Holds a conversation with a router in memory that has these handlers, top to bottom as in plugins.yaml.
///
///     try converse(with: [Dice.self], """
///         plugins: dice.sides = 2
///         ada and bob join
///         ada sends {"type":"dice"}
///         bob gets {"type":"dice",...}
///         """)
///
/// - Parameter script: as ``Conversation`` describes it. `plugins: dice.sides = 2` gives a handler's setting a value,
///   `config: limits.max_connections = 2` one of the configuration; all others have their defaults.
/// - Throws: `ConversationFailure` with the first line that does not hold, and what came instead.
public func converse(with handlers: [any Handler.Type], _ script: String) throws {
    try ConversationTest(handlers, Conversation(script, name: "script")).hold(over: .memory)
}

/// The same with a script from a file.
///
/// - Parameters:
///   - file: its path, from the folder of the test's own file.
///   - test: the test's file; leave it out.
public func converse(with handlers: [any Handler.Type], file: String, besides test: String = #filePath) throws {
    try ConversationTest(handlers, Conversation(file: file, besides: test)).hold(over: .memory)
}

/// The same over sockets of this machine, or in memory.
public func converse(
    with handlers: [any Handler.Type], over transport: ConversationTransport, _ script: String
) async throws {
    try await ConversationTest(handlers, Conversation(script, name: "script")).hold(onItsOwnThreadOver: transport)
}

/// The same over sockets of this machine, or in memory, with a script from a file.
public func converse(
    with handlers: [any Handler.Type], over transport: ConversationTransport, file: String,
    besides test: String = #filePath
) async throws {
    let script = try Conversation(file: file, besides: test)
    try await ConversationTest(handlers, script).hold(onItsOwnThreadOver: transport)
}

extension Conversation {
    fileprivate init(file: String, besides test: String) throws {
        let url = URL(filePath: test).deletingLastPathComponent().appending(path: file)
        try self.init(String(contentsOf: url, encoding: .utf8), name: url.lastPathComponent)
    }

    /// Holds the conversation on a thread that may be blocked, with a server that is shut down afterwards.
    package func hold(
        over transport: ConversationTransport, _ options: ServerOptions, hasLobby: Bool = true,
        fault: PlantedFault? = nil
    ) async throws {
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            Thread.detachNewThread {
                done.resume(with: Result { try talk(over: transport, options, hasLobby: hasLobby, fault: fault) })
            }
        }
    }

    fileprivate func talk(
        over transport: ConversationTransport, _ options: ServerOptions, hasLobby: Bool, fault: PlantedFault? = nil
    ) throws {
        let server: any ConversationServer =
            transport == .memory ? try MemoryServer(options) : try SocketServer(options)
        let result = Result { try run(with: server, hasLobby: hasLobby, fault: fault) }
        try server.shutDown()
        try result.get()
    }
}

/// A script, and the server that it is held with.
private struct ConversationTest {
    let script: Conversation
    let options: ServerOptions

    init(_ handlers: [any Handler.Type], _ script: Conversation) throws {
        self.script = script
        let settings = ScriptedSettings()
        try script.apply(to: settings)
        var plan = PipelinePlan(handlers.map { PipelinePlan.Entry($0) })
        try script.apply(to: &plan)
        do { try plan.checkPartners() } catch { throw script.failure(1, "\(error)") }
        options = ServerOptions(
            listen: ListenAddress(host: "127.0.0.1", port: 0), allowedOrigins: settings.allowedOrigins,
            limits: settings.limits, timeouts: settings.timeouts, plan: plan,
            log: Logger(label: "conversation") { _ in SwiftLogNoOpLogHandler() })
    }

    private var hasLobby: Bool { options.plan.entries.contains { $0.handler.name == "lobby" } }

    func hold(over transport: ConversationTransport) throws {
        try checkTransport(transport)
        try script.talk(over: transport, options, hasLobby: hasLobby)
    }

    func hold(onItsOwnThreadOver transport: ConversationTransport) async throws {
        try checkTransport(transport)
        try await script.hold(over: transport, options, hasLobby: hasLobby)
    }

    private func checkTransport(_ transport: ConversationTransport) throws {
        guard let only = script.transport, only != transport else { return }
        throw script.failure(
            1, "this script is for \(only.rawValue) only: try await converse(…, over: .\(only.rawValue))")
    }
}
