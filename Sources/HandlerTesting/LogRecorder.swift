import Logging
import NIOConcurrencyHelpers

/// Keeps what is logged.
package final class LogRecorder: Sendable {
    private let entries = NIOLockedValueBox<[String]>([])

    package init() {}

    /// `level: message`, in the order in which they came.
    package var lines: [String] { entries.withLockedValue { $0 } }

    package var log: Logger { Logger(label: "test") { _ in Handler(recorder: self) } }

    private struct Handler: LogHandler {
        let recorder: LogRecorder
        var logLevel = Logger.Level.trace
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
