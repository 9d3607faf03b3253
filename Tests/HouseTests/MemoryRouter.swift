import HandlerKit
import HandlerTesting
import Logging
import NIOCore
import RouterCore

/// The router without sockets: its connections are numbers, and what each is sent is kept.
struct MemoryRouter: ~Copyable {
    private var router: Router
    private var delivery = Delivery()
    private let received = Received()

    /// - Parameter entries: the pipeline.
    init(_ entries: [PipelinePlan.Entry]) {
        router = Router(
            Pipeline(PipelinePlan(entries)), limits: Limits(), pingInterval: .seconds(25), clock: ManualClock(),
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    mutating func connect(_ connection: Int) {
        router.opened(connection, address: "test")
    }

    mutating func send(_ text: String, from connection: Int) {
        router.received(ByteBuffer(string: text), from: connection)
    }

    /// Delivers what has happened since the last turn.
    mutating func endTurn() {
        let tick = router.takeTick()
        delivery.deliver(tick, to: received)
        router.reuse(tick)
    }

    /// The texts that a connection was sent since this was last asked.
    mutating func frames(to connection: Int) -> [String] {
        endTurn()
        return received.take(connection)
    }

    /// Why a connection was closed, if it was.
    mutating func closing(of connection: Int) -> Closing? {
        endTurn()
        return received.closings[connection]
    }
}

/// Keeps what would go out.
private final class Received: DeliverySink {
    private var bytes: [Int: ByteBuffer] = [:]
    private(set) var closings: [Int: Closing] = [:]

    func isOpen(_ connection: Int) -> Bool { true }
    func write(_ frames: ByteBuffer, to connection: Int) {
        bytes[connection, default: ByteBuffer()].writeImmutableBuffer(frames)
    }
    func close(_ connection: Int, _ closing: Closing) { closings[connection] = closing }

    func take(_ connection: Int) -> [String] {
        var bytes = bytes.removeValue(forKey: connection) ?? ByteBuffer()
        var texts: [String] = []
        while let text = bytes.readText() { texts.append(text) }
        return texts
    }
}

extension ByteBuffer {
    /// The text of the next frame, which is whole and not masked, as from a server (RFC 6455, section 5.2).
    fileprivate mutating func readText() -> String? {
        guard readInteger(as: UInt8.self) == 0x81, let first = readInteger(as: UInt8.self) else { return nil }
        let length = first == 126 ? readInteger(as: UInt16.self).map { Int($0) } : Int(first)
        return length.flatMap { readString(length: $0) }
    }
}
