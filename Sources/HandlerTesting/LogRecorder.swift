import Logging
import NIOConcurrencyHelpers

/// Keeps what is logged.
package final class LogRecorder: Sendable {
    private let entries = NIOLockedValueBox<[String]>([])
    private let level: Logger.Level

    /// - Parameter level: the least important kind of line that is kept.
    package init(from level: Logger.Level = .trace) { self.level = level }

    /// `level: message`, in the order in which they came.
    package var lines: [String] { entries.withLockedValue { $0 } }

    package var log: Logger { Logger(label: "test") { _ in Handler(recorder: self, logLevel: level) } }

    private struct Handler: LogHandler {
        let recorder: LogRecorder
        var logLevel: Logger.Level
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            recorder.entries.withLockedValue { $0.append("\(event.level): \(event.message)") }
        }
    }
}
