import HandlerKit
import RouterCore
import RouterServer

/// What a configuration file such as config/chat.yaml says.
public struct Configuration: SettingsSection {
    @Setting("Where to listen for connections: host:port. Port 0 picks a free one.", applies: .afterRestart)
    public var listen = ListenAddress(host: "127.0.0.1", port: 8080)

    @Setting("The file that lists the handlers; relative to this file.")
    public var plugins = "../plugins.yaml"

    @Setting(
        "Origins whose pages may connect, besides this host's own and those on loopback; \"null\" lets in pages opened from a file.",
        applies: .newConnections)
    public var allowedOrigins: [String] = []

    public var limits = Limits()
    public var timeouts = Timeouts()
    public var log = LogSettings()

    public init() {}
}

/// What is logged.
public struct LogSettings: SettingsSection {
    @Setting("The least important kind of line that is written.")
    public var level = LogLevel.info

    public init() {}
}

/// The levels of swift-log.
public enum LogLevel: String, CaseIterable, SettingValue {
    case trace, debug, info, notice, warning, error, critical
}
