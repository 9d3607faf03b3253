import HandlerKit
import RouterServer

/// Where the plugins file is, and where that is said.
struct PluginsSource {
    let path: String
    /// The place in the configuration file that names it; nil when it comes from elsewhere.
    let named: (file: SourceFile, span: Span)?
}

/// The configuration file on its way to a `Configuration`.
struct MainFile {
    let path: String
    let catalog: NameCatalog
    /// A new one for each load: copies of it share their values.
    let configuration = Configuration()
    private(set) var diagnostics: [Diagnostic] = []
    private(set) var pluginsSource: PluginsSource?
    /// Where the journal's files are to be.
    private(set) var dataFolder = ""

    init(path: String, catalog: NameCatalog) {
        self.path = path
        self.catalog = catalog
    }

    mutating func read(plugins: String?, listen: ListenAddress?, data: String?) {
        pluginsSource = plugins.map { PluginsSource(path: $0, named: nil) }
        let (file, root, found) = SourceFile.document(
            path, empty: "say at least where to listen: \"listen: \(configuration.$listen.text)\"")
        diagnostics += found
        guard let file, let root else { return }
        let refused = read(root, of: file, overridden: plugins != nil)
        dataFolder = data ?? fromFolder(configuration.journal.path)
        override(plugins: plugins, listen: listen)
        let checks = ConfigurationChecks(file: file, root: root, configuration: configuration, refused: refused)
        diagnostics += checks.diagnostics
    }

    /// - Returns: the settings whose values were refused.
    private mutating func read(_ root: Node, of file: SourceFile, overridden: Bool) -> Set<String> {
        guard let members = root.members else {
            let message = "a configuration is a group of settings, found \(root.described)"
            let help = "write each as \"name: value\""
            if !root.isRefused { diagnostics.append(file.diagnostic(.wrongShape, at: root.span, message, help: help)) }
            return []
        }
        var reader = SettingsReader(file: file, catalog: catalog)
        reader.read(members, into: configuration, in: .configuration([])) { Configuration() }
        diagnostics += reader.diagnostics
        if !overridden, !reader.refused.contains(Self.pluginsKey) { findPlugins(members, file) }
        return reader.refused
    }

    private mutating func findPlugins(_ members: [Node.Member], _ file: SourceFile) {
        let member = members.first { $0.key == Self.pluginsKey }
        pluginsSource = PluginsSource(
            path: fromFolder(configuration.plugins), named: member.map { (file, $0.value.span) })
    }

    /// A path that starts from the folder of the configuration file, unless it starts from the root.
    private func fromFolder(_ named: String) -> String {
        let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
        return shortened(named.hasPrefix("/") ? named : folder + named)
    }

    private func override(plugins: String?, listen: ListenAddress?) {
        if let plugins { _ = configuration.$plugins.assign(.scalar(plugins, quoted: true)) }
        if let listen { _ = configuration.$listen.assign(.scalar(listen.description, quoted: true)) }
    }

    private static let pluginsKey = "plugins"
}
