import HandlerKit

/// How long the router waits for a client.
public struct Timeouts: SettingsSection {
    @Setting(
        "From connecting to the end of the handshake.", in: .milliseconds(100)...(.seconds(600)), whenHit: "HTTP 408")
    public var handshake: Duration = .seconds(10)

    @Setting(
        "From the first byte of a message to its last, however many frames it comes in.",
        in: .milliseconds(100)...(.seconds(3_600)), whenHit: "error `bad_messages` and close 1008")
    public var message: Duration = .seconds(30)

    @Setting(
        "Silence after which a client is pinged.", in: .milliseconds(100)...(.seconds(3_600)),
        whenHit: "it is sent a ping")
    public var ping: Duration = .seconds(25)

    @Setting(
        "From a ping to the pong that is due; then the connection is closed with 4104.",
        in: .milliseconds(100)...(.seconds(600)), whenHit: "close 4104; anything that the client sends counts as a pong"
    )
    public var pong: Duration = .seconds(10)

    @Setting(
        "From a close frame of ours to the client's; then the connection is cut.",
        in: .milliseconds(100)...(.seconds(600)), whenHit: "the connection is cut")
    public var close: Duration = .seconds(5)

    @Setting(
        "How long bytes may wait without one being taken; then the connection is closed with 4103.",
        in: .milliseconds(100)...(.seconds(600)), whenHit: "close 4103")
    public var writeStall: Duration = .seconds(10)

    @Setting(
        "How long the others see no `leave` of a client whose connection has ended and that may come back; 0s lets them see it at once.",
        in: .zero...(.seconds(3_600)), whenHit: "the others see its `leave`")
    public var grace: Duration = .zero

    @Setting(
        "From the end of a session's connection: how long the session can be resumed; 0s lets none be resumed.",
        in: .zero...(.seconds(7 * 86_400)), whenHit: "error `resume_failed`, and its client is served as a new user")
    public var resume: Duration = .seconds(600)

    public init() {}
}

/// Where the router listens: `127.0.0.1:8080`, `[::1]:8080`, `localhost:0`. Port 0 picks a free one.
public struct ListenAddress: SettingValue, CustomStringConvertible {
    public let host: String
    public let port: Int

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// - Returns: nil when the text is not `host:port` with a port from 0 to 65,535.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), case let digits = text[text.index(after: colon)...],
            digits.allSatisfy({ $0.isASCII && $0.isNumber }), let port = UInt16(digits)
        else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, !host.contains(where: \.isWhitespace) else { return nil }
        self.init(host: String(host), port: Int(port))
    }

    public var isLoopback: Bool {
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return host == "localhost" || host == "::1"
            || (numbers.count == 4 && numbers[0] == 127 && !numbers.contains(nil))
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    public static var expected: String { "host:port with a port from 0 to 65535, such as 127.0.0.1:8080" }
    public static var kind: SettingKind { .form("listen address", pattern: #"^(\[\S+\]|[^:\s]+):[0-9]{1,5}$"#) }
    /// Quoted where a bracket would begin a list.
    public var settingText: String { host.contains(":") ? "\"\(description)\"" : description }
    public init?(setting: SettingInput) {
        guard case .scalar(let text, _) = setting else { return nil }
        self.init(text)
    }
}
