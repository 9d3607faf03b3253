import NIOCore
import RouterCore

/// Keeps what is written to each connection.
package final class RecordingSink: DeliverySink {
    package var open: Set<Int> = []
    /// Each write of its own.
    package private(set) var writes: [Int: [ByteBuffer]] = [:]
    package private(set) var closings: [Int: Closing] = [:]
    /// Those for whom bytes wait already, and how much others take at once.
    package var behind: Set<Int> = []
    package var most: [Int: Int] = [:]
    /// What waits for those who are behind.
    package private(set) var kept: [Int: ByteBuffer] = [:]
    private var held: [Int] = []

    package init() {}

    package func isOpen(_ connection: Int) -> Bool { open.contains(connection) }
    package func isBehind(_ connection: Int) -> Bool { behind.contains(connection) }
    package func write(_ bytes: ByteBuffer, to connection: Int) -> Int {
        let taken = min(bytes.readableBytes, most[connection] ?? .max)
        writes[connection, default: []].append(bytes.getSlice(at: bytes.readerIndex, length: taken) ?? bytes)
        return taken
    }
    package func keep(_ bytes: ByteBuffer, for connection: Int) {
        kept[connection, default: ByteBuffer()].writeImmutableBuffer(bytes)
    }
    package func keep(_ span: SharedLog.Span, for connection: Int) {
        var rest = span
        while rest.count > 0 {
            let length = rest.withFront { front in
                kept[connection, default: ByteBuffer()].writeBytes(front)
                return front.count
            }
            rest.drop(length)
        }
    }
    package func close(_ connection: Int, _ closing: Closing) { closings[connection] = closing }

    package func hold(_ connection: Int) { held.append(connection) }
    package func goOn(_ connection: Int) {}
    package func free(_ connection: Int) {}

    /// The connections of which nothing more was to be read until they had taken everything, since this was last asked.
    package func takeHeld() -> [Int] {
        defer { held = [] }
        return held
    }

    package func forget() {
        writes = [:]
        kept = [:]
        closings = [:]
    }

    /// What was written to a connection since this was last asked.
    package func takeBytes(of connection: Int) -> ByteBuffer {
        var bytes = ByteBuffer()
        for write in writes.removeValue(forKey: connection) ?? [] { bytes.writeImmutableBuffer(write) }
        return bytes
    }
}
