import ArgumentParser
import RouterConfig
import RouterServer

/// Which files a command reads, and reading them.
struct ConfigurationOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: ArgumentHelp("The configuration file.", valueName: "file"))
    var config = "config/chat.yaml"

    @Option(help: ArgumentHelp("The file that lists the handlers, instead of the configuration's.", valueName: "file"))
    var plugins: String?

    /// - Throws: the exit code: 2 when a file can't be read, 1 when something is wrong with one; all of it is told then.
    func load(listen: ListenAddress? = nil, data: String? = nil) throws -> LoadedConfiguration {
        do throws(ConfigurationFailure) {
            return try read(listen: listen, data: data)
        } catch {
            StandardStream.error.write(error.report)
            throw error.exitCode
        }
    }

    func read(
        listen: ListenAddress? = nil, data: String? = nil
    ) throws(ConfigurationFailure) -> LoadedConfiguration {
        try ConfigurationFile.load(
            config, handlers: RouterCommand.handlers, plugins: plugins, listen: listen, data: data)
    }
}

extension ConfigurationFailure {
    /// 2 when a file can't be read, 1 when something is wrong with one.
    var exitCode: ExitCode { ExitCode(unreadable ? 2 : 1) }
}
