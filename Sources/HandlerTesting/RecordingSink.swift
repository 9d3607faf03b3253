import NIOCore
import RouterCore

/// Keeps what is written to each connection.
package final class RecordingSink: DeliverySink {
    package var open: Set<Int> = []
    /// Each write of its own.
    package private(set) var writes: [Int: [ByteBuffer]] = [:]
    package private(set) var closings: [Int: Closing] = [:]

    package init() {}

    package func isOpen(_ connection: Int) -> Bool { open.contains(connection) }
    package func write(_ bytes: ByteBuffer, to connection: Int) { writes[connection, default: []].append(bytes) }
    package func close(_ connection: Int, _ closing: Closing) { closings[connection] = closing }

    package func forget() {
        writes = [:]
        closings = [:]
    }

    /// What was written to a connection since this was last asked.
    package func takeBytes(of connection: Int) -> ByteBuffer {
        var bytes = ByteBuffer()
        for write in writes.removeValue(forKey: connection) ?? [] { bytes.writeImmutableBuffer(write) }
        return bytes
    }
}
