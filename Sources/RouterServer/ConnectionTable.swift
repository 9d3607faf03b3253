import NIOCore
import RouterCore

/// The connections of a loop, by the numbers that the router knows them by.
final class ConnectionTable: DeliverySink {
    private var connections: [Connection?] = []
    private(set) var count = 0
    private var free: [Int] = []
    /// Numbers of connections that ended in this turn: its frames must not reach whoever gets the number next.
    private var retired: [Int] = []
    private var ended: [(number: Int, reason: String)] = []
    private var slowReaders: [Int] = []

    var isEmpty: Bool { count == 0 }

    subscript(number: Int) -> Connection? { connections[number] }

    func forEach(_ body: (Connection) -> Void) {
        for case let connection? in connections { body(connection) }
    }

    /// - Returns: the connection's number.
    func add(_ connection: Connection) -> Int {
        let number = free.popLast() ?? connections.count
        if number == connections.count { connections.append(nil) }
        connections[number] = connection
        count += 1
        return number
    }

    func remove(_ number: Int) {
        guard connections[number] != nil else { return }
        connections[number] = nil
        count -= 1
        retired.append(number)
    }

    /// The turn is over: numbers of those who ended in it may be given out again.
    func freeNumbers() {
        free += retired
        retired.removeAll(keepingCapacity: true)
    }

    // MARK: - Noted while a turn is delivered

    func noteEnded(_ number: Int, because reason: String) { ended.append((number, reason)) }

    func takeEnded() -> [(number: Int, reason: String)] {
        defer { ended.removeAll() }
        return ended
    }

    func takeSlowReaders() -> [Int] {
        defer { slowReaders.removeAll() }
        return slowReaders
    }

    // MARK: - Delivery

    func isOpen(_ connection: Int) -> Bool { connection < connections.count && connections[connection] != nil }

    func write(_ bytes: ByteBuffer, to connection: Int) {
        guard let receiver = connections[connection] else { return }
        if !receiver.deliver(bytes) { slowReaders.append(connection) }
    }

    func close(_ connection: Int, _ closing: Closing) {
        connections[connection]?.close(closing)
    }
}
