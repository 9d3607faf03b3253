import ArgumentParser
import HandlerKit
import RouterConfig

/// `router schema`: what editors need to check and complete the configuration files.
struct Schema: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print a JSON Schema (draft 2020-12) for one of the configuration files.",
        discussion: """
            With it an editor completes names, shows what each setting does and its default, and underlines what is \
            wrong. Write it to a file:
              router schema plugins > plugins.schema.json
              router schema config > config.schema.json
            Editors that use yaml-language-server (Visual Studio Code with the YAML extension, Neovim, Helix, Emacs) \
            find it when the YAML file starts with the line
              # yaml-language-server: $schema=plugins.schema.json
            or when their settings say so:
              "yaml.schemas": {"plugins.schema.json": "plugins.yaml"}
            Print it again after an update, or when handlers of your own have changed. It can't see everything: \
            'router check' has the last word.
            """)

    /// The files that there is a schema for.
    enum File: String, CaseIterable, ExpressibleByArgument {
        case plugins, config
    }

    @Argument(help: "Which file: plugins.yaml, or a configuration such as config/chat.yaml.")
    var file: File

    func run() {
        let schema =
            switch file {
            case .plugins: FileSchema.plugins(handlers: RouterCommand.handlers)
            case .config: FileSchema.configuration
            }
        StandardStream.output.write(schema.indentedJSON)
    }
}
