public import HandlerKit
public import RouterCore
public import RouterServer

/// A configuration that has been read and found right.
public struct LoadedConfiguration: Sendable {
    public let configuration: Configuration
    public let plan: PipelinePlan
    /// Where the journal's files are to be; relative to the working directory.
    public let dataFolder: String
    /// What works, but most likely not as it was meant; sorted by place.
    public let warnings: [Diagnostic]
}

/// Reads a configuration file and the plugins file that it names.
public enum ConfigurationFile {
    /// Reads both files and finds everything that is wrong with them in one go.
    ///
    /// - Parameters:
    ///   - path: the configuration file; at most 1 MiB of YAML.
    ///   - handlers: those that may be listed; of two with the same name the first counts.
    ///   - pluginsOverride: a file instead of the one that `plugins:` names, relative to the working directory.
    ///   - listenOverride: where to listen instead of at `listen:`.
    ///   - dataOverride: a folder instead of the one that `journal.path` names, relative to the working directory.
    /// - Throws: all faults of both files, sorted by place.
    public static func load(
        _ path: String, handlers: [any Handler.Type], plugins pluginsOverride: String? = nil,
        listen listenOverride: ListenAddress? = nil, data dataOverride: String? = nil
    ) throws(ConfigurationFailure) -> LoadedConfiguration {
        let catalog = NameCatalog(handlers: handlers)
        var main = MainFile(path: path, catalog: catalog)
        main.read(plugins: pluginsOverride, listen: listenOverride, data: dataOverride)
        var plugins = PluginsFile(handlers: handlers, catalog: catalog)
        if let source = main.pluginsSource { plugins.read(source) }
        let diagnostics = (main.diagnostics + plugins.misplaced).sortedByPlace + plugins.diagnostics.sortedByPlace
        guard !diagnostics.contains(where: { $0.severity == .error }) else {
            throw ConfigurationFailure(diagnostics: diagnostics)
        }
        return LoadedConfiguration(
            configuration: main.configuration, plan: PipelinePlan(plugins.entries.map(\.planned)),
            dataFolder: main.dataFolder, warnings: diagnostics)
    }
}
