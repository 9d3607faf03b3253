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

    @Setting(
        "Threads that read, decode and write, each with its share of the connections; the first also routes. 0 is one for each core; with 1 nothing is handed from thread to thread.",
        in: 0...256, applies: .afterRestart)
    public var ioThreads = 0

    @Setting(
        "While many get something many times a second: how long all that is to be sent is collected, for fewer writes. 0s sends it at once.",
        in: .zero...(.milliseconds(100)), applies: .afterRestart)
    public var deliveryInterval: Duration = .zero

    @Setting(
        "Whether messages are compressed, both ways, for clients that can: permessage-deflate.",
        applies: .newConnections)
    public var compression = true

    @Setting(
        "From what size on a message to such a client is compressed; 0 compresses all.",
        in: .bytes(0)...(.mebibytes(64)), applies: .afterRestart)
    public var compressFrom: ByteCount = 1_024

    public var journal = JournalSettings()
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
