import ArgumentParser
import HandlerKit
import Logging
import NIOCore
import RouterConfig
import RouterCore
import RouterServer
import UnixSignals

/// `router serve`, or just `router`: reads the configuration, and serves until it is told to stop.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve WebSocket connections (the default).",
        discussion: """
            SIGINT and SIGTERM close every client with 1001 and exit with 0; one more while it stops ends it at once, \
            with 130 or 143. Exit codes: 1 when the configuration has errors, the data folder can't be used, the \
            address can't be listened on, too few files may be open or the disk hangs while it stops, 2 when a file \
            can't be read, 64 for wrong arguments.
            """)

    @OptionGroup var options: ConfigurationOptions

    @Option(
        help: ArgumentHelp("Where to listen instead; port 0 picks a free one.", valueName: "host:port"),
        transform: ListenAddress.init(argument:))
    var listen: ListenAddress?

    @Option(
        help: ArgumentHelp(
            "The folder that posts are kept in, instead of the configuration's; created when it is not there.",
            valueName: "folder"))
    var data: String?

    func validate() throws {
        if data?.isEmpty == true { throw ValidationError("--data is a folder.") }
    }

    func run() async throws {
        let loaded = try options.load(listen: listen, data: data)
        let settings = loaded.configuration
        let log = Logger(label: "router") { _ in LineLogHandler(level: Logger.Level(settings.log.level)) }
        try raiseFileLimit(settings.ioThreads)
        ReturnOfMemory.begin()
        let kept = try open(loaded, log)
        let server = try await start(loaded, kept.journal, log)
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        // Whatever the log's level, and before all else: whoever starts the router wants to know where their posts are.
        LineLogHandler.print("router: \(kept.summary)")
        for warning in loaded.warnings { log.warning("\(warning.rendered)") }
        // Whatever the log's level: whoever started the router on port 0 waits for this line.
        LineLogHandler.print("router: listening; clients connect to ws://\(server.address)/ (Ctrl-C stops)")
        let ends = Self.ends(signals, server)
        let signal = await ends.first { _ in true } ?? nil
        Task { for await case let another? in ends { Self.endAtOnce(another, log) } }
        let online = try await server.usersOnline()
        if let signal {
            log.notice("\(signal): stopping, \(online) online")
        } else {
            log.critical("the listening socket was closed by the system: stopping, \(online) online")
        }
        try await stop(server, log)
        LineLogHandler.flush()
        if signal == nil { throw ExitCode.failure }
    }

    /// A disk that hangs does not keep the process from ending.
    private func stop(_ server: RouterServer, _ log: Logger) async throws {
        do {
            try await server.stop()
            log.notice("stopped")
        } catch let failure as JournalFailure {
            log.critical("stopped without the disk: \(failure); what was not acknowledged may be lost")
            LineLogHandler.flush()
            endProcess(ExitCode.failure.rawValue)
        }
    }

    private func raiseFileLimit(_ ioThreads: Int) throws {
        let (files, least) = (FileLimit.raise(), FileLimit.least(ioThreads: threads(ioThreads)))
        guard files < least else { return }
        StandardStream.error.write(
            "router: only \(files) files may be open, sockets included, and it needs \(least): raise ulimit -n\n")
        throw ExitCode.failure
    }

    private func threads(_ setting: Int) -> Int { setting == 0 ? System.coreCount : setting }

    /// Every signal that asks for an end; nil when the server accepts nothing any more.
    private static func ends(_ signals: UnixSignalsSequence, _ server: RouterServer) -> AsyncStream<UnixSignal?> {
        let (ends, end) = AsyncStream<UnixSignal?>.makeStream()
        Task { for await signal in signals { end.yield(signal) } }
        Task {
            await server.listenerClosed()
            end.yield(nil)
        }
        return ends
    }

    /// Whoever asks once more does not want to wait until every client has answered.
    private static func endAtOnce(_ signal: UnixSignal, _ log: Logger) {
        log.warning("\(signal) while stopping: ended at once")
        LineLogHandler.flush()
        // As a shell says of a program that the signal has ended.
        endProcess(128 + (signal == .sigint ? 2 : 15))
    }

    private func open(_ loaded: LoadedConfiguration, _ log: Logger) throws -> KeptPosts {
        do {
            return try KeptPosts.open(loaded, log)
        } catch {
            StandardStream.error.write("router: \(error)\n")
            throw ExitCode.failure
        }
    }

    private func start(
        _ loaded: LoadedConfiguration, _ journal: OpenJournal?, _ log: Logger
    ) async throws -> RouterServer {
        let settings = loaded.configuration
        var options = ServerOptions(
            listen: listen ?? settings.listen, allowedOrigins: settings.allowedOrigins, limits: settings.limits,
            timeouts: settings.timeouts, plan: loaded.plan,
            ioThreads: threads(settings.ioThreads),
            deliveryInterval: settings.deliveryInterval, compression: settings.compression,
            compressFrom: settings.compressFrom, log: log)
        options.journal = journal
        do {
            return try await RouterServer.start(options)
        } catch let failure as JournalFailure {
            StandardStream.error.write("router: \(loaded.dataFolder): \(failure)\n")
            throw ExitCode.failure
        } catch {
            await journal?.journal.close()
            StandardStream.error.write("router: \(error)\n")
            throw ExitCode.failure
        }
    }
}

extension Logger.Level {
    init(_ level: LogLevel) {
        self =
            switch level {
            case .trace: .trace
            case .debug: .debug
            case .info: .info
            case .notice: .notice
            case .warning: .warning
            case .error: .error
            case .critical: .critical
            }
    }
}

extension ListenAddress {
    fileprivate init(argument: String) throws {
        guard let address = Self(argument) else { throw ValidationError("it has to be \(Self.expected)") }
        self = address
    }
}
