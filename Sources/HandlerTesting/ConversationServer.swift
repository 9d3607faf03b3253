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
    public init(unixSeconds: Int) { self.unixSeconds = unixSeconds }

    /// "YYYY-MM-DD HH:MM:SS" in the time zone of this machine.
    public var localTime: String {
        let date = Date(timeIntervalSince1970: Double(unixSeconds))
        let parts = Calendar(identifier: .gregorian).dateComponents(
            [.year, .month, .day, .hour, .minute, .second], from: date)
        func two(_ part: Int?) -> String { (part ?? 0) < 10 ? "0\(part ?? 0)" : "\(part ?? 0)" }
        return
            "\(parts.year ?? 0)-\(two(parts.month))-\(two(parts.day)) \(two(parts.hour)):\(two(parts.minute)):\(two(parts.second))"
    }
}
