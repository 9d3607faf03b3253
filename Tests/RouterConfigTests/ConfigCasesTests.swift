import Foundation
import RouterConfig
import Testing

/// Each `Tests/ConfigCases/NAME.yaml` with the report it must give, `NAME.expected`.
///
/// A case whose name starts with `plugins-` is a file of plugins; the others are configuration files.
enum ConfigCase {
    static let folder = "Tests/ConfigCases"
    static let updating = ProcessInfo.processInfo.environment["UPDATE_CONFIG_CASES"] != nil

    static var all: [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: Repository.path(folder))) ?? []
        return files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
    }

    static func url(_ name: String) -> URL { Repository.root.appending(path: "\(folder)/\(name)") }

    static func load(_ name: String) -> Result<LoadedConfiguration, ConfigurationFailure> {
        let file = url("\(name).yaml").path
        let isPlugins = name.hasPrefix("plugins-")
        // A case that names its file of plugins itself is read with it; the others with one that is right.
        let plugins = isPlugins ? file : name.hasPrefix("files-") ? nil : Repository.path("Benchmarks/plugins.yaml")
        let main = isPlugins ? Repository.path("config/chat.yaml") : file
        return Result { () throws(ConfigurationFailure) in
            try ConfigurationFile.load(
                main, handlers: isPlugins ? ListedHandlers.inCases : ListedHandlers.all, plugins: plugins)
        }
    }

    /// What is said of a case.
    static func report(_ name: String) -> String {
        switch load(name) {
        case .success(let loaded): fromRoot(loaded.warnings.report)
        case .failure(let failure): fromRoot(failure.report)
        }
    }

    /// The text with its files named from the root of the repository.
    static func fromRoot(_ text: String) -> String {
        text.replacingOccurrences(of: Repository.path("") + "/", with: "")
    }

    /// Compares a text with what a file in the folder of the cases says it must be, or makes it so.
    static func expect(_ text: String, in file: String) throws {
        let expected = url(file)
        if updating { try text.write(to: expected, atomically: true, encoding: .utf8) }
        let wanted = try? String(contentsOf: expected, encoding: .utf8)
        #expect(
            text == wanted,
            """
            \(difference(from: wanted ?? "", to: text))
            If the new text is right: UPDATE_CONFIG_CASES=1 swift test --filter RouterConfigTests
            """)
    }

    private static func difference(from old: String, to new: String) -> String {
        let (old, new) = (old.components(separatedBy: "\n"), new.components(separatedBy: "\n"))
        let changes = new.difference(from: old)
        return changes.map { change in
            switch change {
            case .remove(let line, let text, _): "-\(line + 1): \(text)"
            case .insert(let line, let text, _): "+\(line + 1): \(text)"
            }
        }.joined(separator: "\n")
    }
}

@Suite("What is said of configurations that are wrong")
struct ConfigCasesTests {
    @Test("The report of each case is the expected one", arguments: ConfigCase.all)
    func report(_ name: String) throws {
        try ConfigCase.expect(ConfigCase.report(name), in: "\(name).expected")
    }

    @Test("There is a case for every code that a file's text can give")
    func everyCode() throws {
        let reports = ConfigCase.all.map(ConfigCase.report).joined()
        // These need a file of another kind than text; UnreadableFilesTests has them.
        for code in DiagnosticCode.allCases where ![.tooLarge, .notUTF8].contains(code) {
            #expect(reports.contains("[\(code.rawValue)]"), "no case gives \(code.rawValue) (\(code))")
        }
    }

    @Test("Every expected report belongs to a case")
    func noOrphans() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Repository.path(ConfigCase.folder))
        let expected = files.filter { $0.hasSuffix(".expected") }.map { String($0.dropLast(9)) }
        #expect(Set(expected) == Set(ConfigCase.all))
        let reports = files.filter { $0.hasSuffix(".json") && !$0.hasSuffix(".schema.json") }
        #expect(Set(reports.map { String($0.dropLast(5)) }).isSubset(of: ConfigCase.all))
    }
}
