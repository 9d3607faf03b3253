import Dispatch
import HandlerKit
import Logging
import NIOConcurrencyHelpers
import RouterCore
import RouterServer

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Writes one line per event to standard output, from a thread of its own: a reader of the log that falls behind must
/// not hold up the router. What it can't take is counted and dropped.
struct LineLogHandler: LogHandler {
    /// Most bytes of lines that wait to be written.
    static let maxWaitingBytes = 1 << 20

    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    init(level: Logger.Level) { logLevel = level }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        Self.print("\(event.level): \(event.message)")
    }

    /// Writes a line whatever the level.
    static func print(_ line: String) { writer.add("\(timestamp()) \(line)\n") }

    /// Waits until every line has been written, for a second at most.
    static func flush() { writer.flush() }

    private static let writer = LineWriter()

    private static func timestamp() -> String {
        let clock = SystemClock()
        let unix = clock.unixMilliseconds / 1_000
        return Time(unix: unix, milliseconds: 0, secondsFromUTC: clock.secondsFromUTC(at: unix)).local
    }
}

/// A bounded queue of lines in front of standard output.
private final class LineWriter: Sendable {
    private struct Waiting {
        var text: [UInt8] = []
        var dropped = 0
        var isScheduled = false
    }

    private let waiting = NIOLockedValueBox(Waiting())
    private let queue = DispatchQueue(label: "log")

    func add(_ line: String) {
        let mustSchedule = waiting.withLockedValue { waiting in
            guard waiting.text.count + line.utf8.count <= LineLogHandler.maxWaitingBytes else {
                waiting.dropped += 1
                return false
            }
            waiting.text += line.utf8
            defer { waiting.isScheduled = true }
            return !waiting.isScheduled
        }
        if mustSchedule { queue.async { self.write() } }
    }

    /// - Returns: when everything is written, or after a second when nobody reads it.
    func flush() {
        let done = DispatchSemaphore(value: 0)
        queue.async {
            self.write()
            done.signal()
        }
        _ = done.wait(timeout: .now() + .seconds(1))
    }

    private func write() {
        let (text, dropped) = waiting.withLockedValue { waiting in
            defer { waiting = Waiting() }
            return (waiting.text, waiting.dropped)
        }
        StandardStream.output.write(text)
        if dropped > 0 { StandardStream.output.write("(\(dropped) lines dropped: the log was read too slowly)\n") }
    }
}

/// A standard stream of the process.
enum StandardStream: Int32 {
    case output = 1
    case error = 2

    func write(_ text: String) { write(Array(text.utf8)) }

    /// Writes all of it, or as much as the reader's end takes before it is gone.
    func write(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let written = systemWrite(rawValue, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if written < 0, errno != EINTR { return }
                rest = rest.dropFirst(max(0, written))
            }
        }
    }
}

private let systemWrite = write(_:_:_:)

/// Ends the process without a word to anybody; what is to be written has been.
func endProcess(_ code: Int32) -> Never { _exit(code) }
