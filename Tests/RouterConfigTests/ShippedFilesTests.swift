import Foundation
import HandlerKit
import RouterConfig
import RouterCore
import Testing

enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func path(_ name: String) -> String { root.appending(path: name).path }
}

@Suite("The configuration files that are shipped")
struct ShippedFilesTests {
    @Test("config/chat.yaml and plugins.yaml load without a warning")
    func chatLoads() throws {
        let loaded = try ConfigurationFile.load(Repository.path("config/chat.yaml"), handlers: ListedHandlers.all)
        #expect(loaded.warnings.isEmpty)
        let order = [
            "rate-limit", "lobby", "rename", "rooms", "emoji", "image", "history", "typing", "private", "broadcast",
        ]
        // Others may stand among them.
        #expect(loaded.plan.entries.map { $0.handler.name }.filter(order.contains) == order)
    }

    @Test("config/echo.yaml raises the limits to what the public test suite sends")
    func echoLoads() throws {
        let loaded = try ConfigurationFile.load(Repository.path("config/echo.yaml"), handlers: ListedHandlers.all)
        #expect(loaded.warnings.isEmpty)
        #expect(loaded.plan.entries.map { $0.handler.name } == ["echo"])
        let limits = loaded.configuration.limits
        #expect(limits.maxMessageBytes == .mebibytes(16))
        #expect(limits.maxFrameBytes == .mebibytes(16))
        #expect(limits.maxFragments >= 65_536)
        #expect(limits.maxOutboxBytes == .mebibytes(64))
    }

    @Test("config/chat.yaml shows every setting with its default, allowed_origins alone has another value")
    func chatShowsEverySetting() throws {
        let loaded = try ConfigurationFile.load(Repository.path("config/chat.yaml"), handlers: ListedHandlers.all)
        #expect(loaded.configuration.allowedOrigins == ["null"])
        let text = try String(contentsOf: Repository.root.appending(path: "config/chat.yaml"), encoding: .utf8)
        for (name, setting) in everySetting(of: Configuration()) where name != "allowed_origins" {
            let line = "\(name): \(setting.text)"
            #expect(shows(line, in: text), "config/chat.yaml does not show \(line)")
        }
        for (loaded, declared) in zip(everySetting(of: loaded.configuration), everySetting(of: Configuration()))
        where loaded.name != "allowed_origins" {
            #expect(loaded.setting.text == declared.setting.text, "\(loaded.name)")
        }
    }

    @Test(
        "Each pipeline that is shipped shows every setting of its handlers with its default",
        arguments: [
            "plugins.yaml", "config/echo-plugins.yaml",
        ])
    func pipelinesShowEverySetting(_ file: String) throws {
        let loaded = try ConfigurationFile.load(
            Repository.path("config/chat.yaml"), handlers: ListedHandlers.all, plugins: Repository.path(file))
        for entry in loaded.plan.entries {
            let declared = settings(of: entry.handler.init())
            #expect(entry.settings.map(\.key) == declared.map(\.name), "\(entry.handler.name)")
            let given = settings(of: entry.handler.init())
            for (pair, (given, declared)) in zip(entry.settings, zip(given, declared)) {
                #expect(given.setting.assign(pair.value) == nil)
                #expect(given.setting.text == declared.setting.text, "\(entry.handler.name): \(pair.key)")
            }
        }
    }

    /// Whether a line of the file says this, whatever comment comes after it.
    private func shows(_ setting: String, in text: String) -> Bool {
        text.split(separator: "\n").contains { line in
            let code = line.split(separator: " #", maxSplits: 1).first ?? ""
            return code.trimmingCharacters(in: .whitespaces) == setting
        }
    }

    private func everySetting(of owner: any SettingsSection) -> [(name: String, setting: any AnySetting)] {
        settings(of: owner) + sections(of: owner).flatMap { everySetting(of: $0.section) }
    }
}
