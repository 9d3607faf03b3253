import Foundation
import HandlerKit
import HandlerTesting
import Handlers
import Logging
import RouterConfig
import RouterCore
import RouterServer

/// The server of a script: the shipped configuration, with the script's changes.
enum Servers {
    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func hold(
        _ script: Conversation, over transport: ConversationTransport, ioThreads: Int = 1, fault: PlantedFault? = nil
    ) async throws {
        var options = try options(for: script)
        options.ioThreads = ioThreads
        try await script.hold(over: transport, options, fault: fault)
    }

    private static func options(for script: Conversation) throws -> ServerOptions {
        let file = root.appending(path: "config/\(script.server).yaml").path
        let loaded = try ConfigurationFile.load(file, handlers: bundledHandlers)
        let configuration = loaded.configuration
        try script.apply(to: configuration)
        var plan = loaded.plan
        try script.apply(to: &plan)
        var log = Logger(label: "conversation") { _ in SwiftLogNoOpLogHandler() }
        log.logLevel = .trace
        var options = ServerOptions(
            listen: configuration.listen, allowedOrigins: configuration.allowedOrigins, limits: configuration.limits,
            timeouts: configuration.timeouts, plan: plan, compression: configuration.compression,
            compressFrom: configuration.compressFrom, log: log)
        options.random = CountingTokens()
        return options
    }
}
