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

    /// Holds a conversation over a transport, on a thread of its own, because it waits.
    static func hold(
        _ script: Conversation, over transport: ConversationTransport, fault: PlantedFault? = nil
    ) async throws {
        let options = try options(for: script)
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            Thread.detachNewThread { done.resume(with: Result { try hold(script, transport, options, fault) }) }
        }
    }

    private static func hold(
        _ script: Conversation, _ transport: ConversationTransport, _ options: ServerOptions, _ fault: PlantedFault?
    ) throws {
        let server: any ConversationServer =
            transport == .memory ? try MemoryServer(options) : try SocketServer(options)
        let result = Result { try script.run(with: server, fault: fault) }
        try server.shutDown()
        try result.get()
    }

    private static func options(for script: Conversation) throws -> ServerOptions {
        let file = root.appending(path: "config/\(script.server).yaml").path
        let loaded = try ConfigurationFile.load(file, handlers: bundledHandlers)
        let configuration = loaded.configuration
        for change in script.settings { try apply(change, to: configuration) }
        var plan = loaded.plan
        for change in script.pipeline { try apply(change, to: &plan) }
        var log = Logger(label: "conversation") { _ in SwiftLogNoOpLogHandler() }
        log.logLevel = .trace
        return ServerOptions(
            listen: configuration.listen, allowedOrigins: configuration.allowedOrigins, limits: configuration.limits,
            timeouts: configuration.timeouts, plan: plan, log: log)
    }

    // MARK: - A script's changes

    private static func apply(_ change: Conversation.Override, to configuration: Configuration) throws {
        var path = change.name.split(separator: ".").map(String.init)
        let name = path.removeLast()
        var owner: any SettingsSection = configuration
        for step in path {
            guard let section = sections(of: owner).first(where: { $0.name == step }) else { throw NoSuch(change.name) }
            owner = section.section
        }
        guard let setting = settings(of: owner).first(where: { $0.name == name }) else { throw NoSuch(change.name) }
        if let fault = setting.setting.assign(input(change.value)) { throw fault }
    }

    private static func apply(_ change: Conversation.PipelineChange, to plan: inout PipelinePlan) throws {
        switch change {
        case .without(let handler):
            plan.entries.remove(at: try place(of: handler, in: plan))
        case .only(let handlers):
            plan.entries = try handlers.map { plan.entries[try place(of: $0, in: plan)] }
        case .setting(let handler, let override):
            let place = try place(of: handler, in: plan)
            plan.entries[place] = try changed(plan.entries[place], override)
        }
    }

    private static func changed(_ entry: PipelinePlan.Entry, _ override: Conversation.Override) throws
        -> PipelinePlan.Entry
    {
        var entry = entry
        let value = input(override.value)
        if override.name == "types", case .list(let types) = value {
            entry.types = types.map { if case .scalar(let text, _) = $0 { text } else { "" } }
            return entry
        }
        let declared = settings(of: entry.handler.init()).first { $0.name == override.name }
        guard let declared else { throw NoSuch("\(entry.handler.name).\(override.name)") }
        if let fault = declared.setting.assign(value) { throw fault }
        entry.settings.removeAll { $0.key == override.name }
        entry.settings.append(.init(key: override.name, value: value))
        return entry
    }

    private static func place(of handler: String, in plan: PipelinePlan) throws -> Int {
        guard let place = plan.entries.firstIndex(where: { $0.handler.name == handler }) else { throw NoSuch(handler) }
        return place
    }

    /// The little YAML that scripts need: plain and quoted scalars, and lists of plain ones.
    private static func input(_ text: String) -> SettingInput {
        if text.hasPrefix("["), text.hasSuffix("]") {
            let parts = text.dropFirst().dropLast().split(separator: ",")
            return .list(parts.map { .scalar($0.trimmingCharacters(in: .whitespaces), quoted: false) })
        }
        guard text.hasPrefix("\""), text.hasSuffix("\""), text.count > 1 else { return .scalar(text, quoted: false) }
        return .scalar(String(text.dropFirst().dropLast()).replacing("\\\"", with: "\""), quoted: true)
    }

    struct NoSuch: Error {
        let name: String
        init(_ name: String) { self.name = name }
    }
}
