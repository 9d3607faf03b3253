import Foundation
import HandlerKit
import RouterConfig
import RouterCore
import RouterServer
import Testing

@Suite("Loading a configuration")
struct LoadingTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func load(
        _ main: String, _ plugins: String, named: String? = nil, listen: ListenAddress? = nil, data: String? = nil
    ) throws -> LoadedConfiguration {
        _ = try folder.write("plugins.yaml", plugins.utf8)
        let file = try folder.write("chat.yaml", main.utf8)
        return try ConfigurationFile.load(
            file, handlers: ListedHandlers.all, plugins: named, listen: listen, data: data)
    }

    @Test("Values of every section are taken, and the others keep their defaults")
    func values() throws {
        let configuration = try load(
            """
            listen: "[::1]:9000"
            plugins: plugins.yaml
            allowed_origins: [https://a.example, "null"]
            limits: {max_message_bytes: 2 KiB, max_connections: 5}
            timeouts: {ping: 5m}
            log: {level: debug}
            """, "pipeline: [lobby]"
        ).configuration
        #expect(configuration.listen == ListenAddress(host: "::1", port: 9000))
        #expect(configuration.allowedOrigins == ["https://a.example", "null"])
        #expect(configuration.limits.maxMessageBytes == .kibibytes(2))
        #expect(configuration.limits.maxConnections == 5)
        #expect(configuration.limits.maxFragments == Limits().maxFragments)
        #expect(configuration.timeouts.ping == .seconds(300))
        #expect(configuration.log.level == .debug)
    }

    @Test("Two loads share nothing")
    func fresh() throws {
        let first = try load("plugins: plugins.yaml\nlimits: {max_connections: 5}", "pipeline: [lobby]")
        let second = try load("plugins: plugins.yaml\nlimits: {max_connections: 6}", "pipeline: [lobby]")
        #expect(first.configuration.limits.maxConnections == 5)
        #expect(second.configuration.limits.maxConnections == 6)
    }

    @Test("The pipeline keeps the order of the file, the settings and the types of each entry")
    func plan() throws {
        let entries = try load(
            "plugins: plugins.yaml",
            """
            pipeline:
              - rate-limit: {burst: 7, types: [message, "set_name"], refused_within: 5s}
              - broadcast
              - rename:
              - lobby: {types: [get_users]}
            """
        ).plan.entries
        #expect(entries.map { $0.handler.name } == ["rate-limit", "broadcast", "rename", "lobby"])
        #expect(entries.map(\.types) == [["message", "set_name"], nil, nil, ["get_users"]])
        let plain = SettingInput.scalar("7", quoted: false)
        #expect(
            entries[0].settings == [
                .init(key: "burst", value: plain), .init(key: "refused_within", value: .scalar("5s", quoted: false)),
            ])
        #expect(entries[1...].allSatisfy { $0.settings.isEmpty })
    }

    @Test("What the plan says of a handler's settings can be given to a new one")
    func settingsFit() throws {
        let plan = try load(
            "plugins: plugins.yaml",
            "pipeline: [rate-limit: {burst: 7, per_second: 0.5}, rename: {max_length: 24, forbidden_characters: ''}]"
        ).plan
        for entry in plan.entries {
            let settings = settings(of: entry.handler.init())
            for pair in entry.settings {
                let setting = try #require(settings.first { $0.name == pair.key }?.setting)
                #expect(setting.assign(pair.value) == nil)
            }
        }
    }

    @Test("The plugins file is looked for from the folder of the configuration file, and by an absolute path as it is")
    func pluginsPath() throws {
        #expect(try load("plugins: plugins.yaml", "pipeline: [lobby]").plan.entries.count == 1)
        let elsewhere = try TemporaryFolder()
        let absolute = try elsewhere.write("others.yaml", "pipeline: [rename, lobby]".utf8)
        #expect(try load("plugins: \(absolute)", "pipeline: [lobby]").plan.entries.count == 2)
    }

    @Test(
        "The data folder is the one beside the folder of the configuration file, and one that is named starts from there"
    )
    func dataFolder() throws {
        let here = try folder.write("chat.yaml", "".utf8).dropLast("chat.yaml".count)
        let folders = try ["", "journal: {path: posts}", "journal: {path: /srv/posts}"].map {
            try load("plugins: plugins.yaml\n" + $0, "pipeline: [lobby]").dataFolder
        }
        #expect(folders == [here + "../data", here + "posts", "/srv/posts"])
        let main = "plugins: plugins.yaml\njournal: {path: /srv/posts}"
        #expect(try load(main, "pipeline: [lobby]", data: "posts").dataFolder == "posts")
    }

    @Test("A pipeline knows its rooms and who takes whole frames before it is made")
    func planned() throws {
        let chat = try load("plugins: plugins.yaml", "pipeline: [lobby, rooms: {rooms: [a, b]}, broadcast]").plan
        #expect(chat.rooms == ["a", "b"] && chat.takerOfFrames == nil)
        let echo = try load("plugins: plugins.yaml", "pipeline: [echo]").plan
        #expect(echo.takerOfFrames?.name == "echo")
    }

    @Test("A plugins file given at start replaces the one of the file, even one that is missing")
    func pluginsOverride() throws {
        let elsewhere = try TemporaryFolder()
        let other = try elsewhere.write("others.yaml", "pipeline: [rename, lobby]".utf8)
        let loaded = try load("plugins: no-such.yaml", "pipeline: [lobby]", named: other)
        #expect(loaded.plan.entries.count == 2)
        #expect(loaded.configuration.plugins == other)
    }

    @Test("An address given at start replaces the one of the file")
    func listenOverride() throws {
        let address = ListenAddress(host: "::1", port: 0)
        let loaded = try load("plugins: plugins.yaml\nlisten: 127.0.0.1:9000", "pipeline: [lobby]", listen: address)
        #expect(loaded.configuration.listen == address)
    }

    @Test(
        "P51: the origin null is refused with an address given at start that others can reach, and taken with loopback")
    func listenOverrideAndNull() throws {
        let main = "plugins: plugins.yaml\nallowed_origins: [\"null\"]\n"
        let open = ListenAddress(host: "0.0.0.0", port: 8080)
        let failure = #expect(throws: ConfigurationFailure.self) { try load(main, "pipeline: [lobby]", listen: open) }
        #expect(failure?.diagnostics.map(\.code) == [.nullOriginBeyondLoopback])
        let openInFile = main + "listen: 0.0.0.0:8080\n"
        let closed = ListenAddress(host: "localhost", port: 8080)
        #expect(try load(openInFile, "pipeline: [lobby]", listen: closed).configuration.listen == closed)
    }

    @Test("Of two handlers with one name the first counts")
    func sameName() throws {
        struct OtherLobby: Handler {
            static let name = "lobby"
            static let summary = "Greets nobody."
            static let types: MessageTypes = []
        }
        let main = try folder.write("chat.yaml", "plugins: plugins.yaml".utf8)
        _ = try folder.write("plugins.yaml", "pipeline: [lobby]".utf8)
        let loaded = try ConfigurationFile.load(main, handlers: [OtherLobby.self] + ListedHandlers.all)
        #expect(loaded.plan.entries.map { $0.handler is OtherLobby.Type } == [true])
    }

    @Test("A handler that takes part in no message is never out of reach")
    func hooksOnly() throws {
        struct Watcher: Handler {
            static let name = "watcher"
            static let summary = "Sees who comes and goes."
            static let types: MessageTypes = []
        }
        let main = try folder.write("chat.yaml", "plugins: plugins.yaml".utf8)
        _ = try folder.write("plugins.yaml", "pipeline: [broadcast, watcher]".utf8)
        let loaded = try ConfigurationFile.load(main, handlers: [Watcher.self] + ListedHandlers.all)
        #expect(loaded.warnings.isEmpty && loaded.plan.entries.count == 2)
    }

    @Test("A filter of everything may stand below what ends some of it when it is narrowed to the rest")
    func filterBelow() throws {
        let pipeline = "pipeline: [broadcast, rate-limit: {types: [set_name]}, rename]"
        #expect(try load("plugins: plugins.yaml", pipeline).warnings.isEmpty)
    }

    @Test("What handlers need is there to be listed")
    func partners() {
        let names = ListedHandlers.all.map { $0.name }
        for handler in ListedHandlers.all {
            #expect(Set(handler.needs).isSubset(of: names) && !handler.needs.contains(handler.name), "\(handler.name)")
        }
    }

    @Test("Warnings come with what was loaded")
    func warnings() throws {
        let loaded = try load("plugins: plugins.yaml", "pipeline: [broadcast, rate-limit: {types: [message, x]}]")
        #expect(loaded.warnings.map(\.code) == [.partlyUnreachable])
        #expect(loaded.warnings.report.hasSuffix("\n1 warning\n"))
    }
}
