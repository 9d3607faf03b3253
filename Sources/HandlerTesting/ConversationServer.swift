import Foundation

/// The server that a conversation is held with, whatever carries the bytes.
///
/// Used from one thread. All of the server's time must come from a clock that `advance` moves.
public protocol ConversationServer: AnyObject {
    /// The server's clock.
    var time: ConversationTime { get }
    /// Opens a connection; no byte is sent yet.
    func connect() throws -> any ConversationLink
    /// Moves the clock on and does what has become due.
    func advance(by duration: Duration) throws
    /// Begins to stop, as on SIGTERM; connections end when their clients answer.
    func stop() throws
    /// Lets all bytes that `body` sends reach the server within one tick.
    func atOnce(_ body: () throws -> Void) throws
    /// Whether bytes may still be on their way when a call returns, so that "gets nothing" needs a round trip.
    var isDelayed: Bool { get }
    /// Ends everything and frees it.
    func shutDown() throws
}

/// One connection, seen from the client.
public protocol ConversationLink: AnyObject {
    func send(_ bytes: [UInt8]) throws
    /// - Parameter waiting: whether to wait a few seconds of real time for something to come.
    func receive(waiting: Bool) throws -> ConversationArrival
    /// Ends the stream, as a process that exits does.
    func finish() throws
    /// Resets the connection, as a machine that lost its state does.
    func reset() throws
}

/// What a connection had for its client.
public enum ConversationArrival: Sendable {
    case bytes([UInt8])
    case nothing
    /// The server ended the connection.
    case end
}

/// The wall clock of a server, as scripts need it.
public struct ConversationTime: Equatable, Sendable {
    public let unixSeconds: Int
    /// What local time is ahead of UTC.
    public let secondsFromUTC: Int

    public init(unixSeconds: Int, secondsFromUTC: Int) {
        self.unixSeconds = unixSeconds
        self.secondsFromUTC = secondsFromUTC
    }

    /// "YYYY-MM-DD HH:MM:SS".
    public var localTime: String {
        let style = Date.ISO8601FormatStyle(timeZone: TimeZone(secondsFromGMT: secondsFromUTC) ?? .gmt)
            .year().month().day().dateTimeSeparator(.space).time(includingFractionalSeconds: false)
        return Date(timeIntervalSince1970: Double(unixSeconds)).formatted(style)
    }
}

extension ManualClock {
    /// Local time that is neither UTC nor whole hours from it, so that it cannot be taken for either.
    static func ofConversation() -> ManualClock { ManualClock(secondsFromUTC: 20_700) }

    var time: ConversationTime {
        let unix = unixMilliseconds / 1_000
        return ConversationTime(unixSeconds: Int(unix), secondsFromUTC: secondsFromUTC(at: unix))
    }
}
