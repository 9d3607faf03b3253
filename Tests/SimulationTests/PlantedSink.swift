import NIOCore
@testable import RouterCore

/// Stands between the delivery of one tick and the connections, and does the planted fault.
final class PlantedSink: DeliverySink {
    private let connections: any DeliverySink
    private let planting: Planting
    /// Whether somebody was written to: before that the delivery only looks at who is told something of its own.
    private var hasBegun = false
    /// Of whom the delivery believes that it follows.
    private var believed: Int?
    /// Who has taken a part, so that what is kept for it begins anywhere.
    private var partly: Set<Int> = []
    /// What was kept of this tick for those who inflate.
    private var compressed: SharedLog.Span?

    init(_ connections: any DeliverySink, _ planting: Planting) {
        (self.connections, self.planting) = (connections, planting)
    }

    func standing(of connection: Int) -> Standing {
        hasBegun = true
        if believed == connection { return .following }
        let standing = connections.standing(of: connection)
        guard planting.plant == .spanMissed, case .following = standing, planting.takeOccasion() else {
            return standing
        }
        connections.stopFollowing(connection)
        believed = connection
        return .following
    }

    func stopFollowing(_ connection: Int) {
        if planting.plant == .followsOn, !hasBegun, case .following = connections.standing(of: connection),
            planting.takeOccasion()
        {
            return
        }
        connections.stopFollowing(connection)
    }

    func keep(_ span: SharedLog.Span, for connection: Int) {
        switch planting.plant {
        case .spanDoubled where !partly.contains(connection) && planting.takeOccasion():
            connections.keep(span.copy, for: connection)
            connections.keep(span, for: connection)
        case .otherForm where !partly.contains(connection):
            let inflates = planting.windowBits[connection, default: 0] > 0
            if inflates, span.isCompressed { compressed = span }
            if !inflates, let compressed, planting.takeOccasion() {
                return connections.keep(compressed.copy, for: connection)
            }
            connections.keep(span, for: connection)
        default: connections.keep(span, for: connection)
        }
    }

    func keep(_ bytes: ByteBuffer, for connection: Int) { connections.keep(bytes, for: connection) }

    func write(_ bytes: ByteBuffer, to connection: Int) -> Int {
        hasBegun = true
        let taken = connections.write(bytes, to: connection)
        if taken < bytes.readableBytes { partly.insert(connection) }
        return taken
    }

    func isOpen(_ connection: Int) -> Bool { connections.isOpen(connection) }

    func isBehind(_ connection: Int) -> Bool {
        hasBegun = true
        return connections.isBehind(connection)
    }

    func isLost(_ connection: Int) -> Bool { connections.isLost(connection) }
    func room(for connection: Int) -> Int { connections.room(for: connection) }
    func lose(_ connection: Int) { connections.lose(connection) }
    func close(_ connection: Int, _ closing: Closing) { connections.close(connection, closing) }
    func hold(_ connection: Int) { connections.hold(connection) }
    func goOn(_ connection: Int) { connections.goOn(connection) }
    func free(_ connection: Int) { connections.free(connection) }
}

extension SharedLog.Span {
    /// Its bytes, as bytes of a connection's own.
    fileprivate var copy: ByteBuffer {
        var (rest, bytes) = (self, ByteBuffer())
        while rest.count > 0 {
            let length = rest.withFront { front in
                bytes.writeBytes(front)
                return front.count
            }
            rest.drop(length)
        }
        return bytes
    }

    /// Whether its first frame is a compressed message.
    fileprivate var isCompressed: Bool { withFront { $0.first == 0xC1 } }
}
