import NIOCore
import RouterCore

/// The connections of an I/O loop, by the numbers that the router knows them by: those of its place among the loops.
final class ConnectionTable: DeliverySink {
    private let loop: Int
    private let loops: Int
    private var connections: [Connection?] = []
    private(set) var count = 0
    private var free: [Int] = []
    private var slowReaders: [Int] = []
    private var strangers = ArrivalOrder()
    private var leaving = ArrivalOrder()

    /// - Parameters:
    ///   - loop: the number of the I/O loop, from 0.
    ///   - loops: how many there are.
    init(loop: Int, of loops: Int) { (self.loop, self.loops) = (loop, loops) }

    var isEmpty: Bool { count == 0 }

    subscript(number: Int) -> Connection? {
        let place = loops == 1 ? number : number / loops
        return place < connections.count ? connections[place] : nil
    }

    func forEach(_ body: (Connection) -> Void) {
        for case let connection? in connections { body(connection) }
    }

    /// - Returns: the connection's number.
    func add(_ connection: Connection) -> Int {
        let place = free.popLast() ?? connections.count
        if place == connections.count { connections.append(nil) }
        connections[place] = connection
        count += 1
        return place * loops + loop
    }

    /// Its number is given out again when the router knows, too, that it is no more: `free`.
    func remove(_ number: Int) {
        guard self[number] != nil else { return }
        order(number, as: nil)
        connections[number / loops] = nil
        count -= 1
    }

    /// - Parameter kind: what it is from now on; nil when it has ended.
    func order(_ number: Int, as kind: AcceptGate.Place.Kind?) {
        let place = number / loops
        strangers.remove(place)
        leaving.remove(place)
        switch kind {
        case .stranger: strangers.append(place)
        case .leaving: leaving.append(place)
        case .user, nil: break
        }
    }

    /// Who has been that for the longest time; users are not asked for.
    func oldest(_ kind: AcceptGate.Place.Kind) -> Connection? {
        switch kind {
        case .stranger: strangers.first.flatMap { connections[$0] }
        case .leaving: leaving.first.flatMap { connections[$0] }
        case .user: nil
        }
    }

    /// Those whose outbox has overflown, since this was last asked, and that have not ended meanwhile.
    func takeSlowReaders() -> [Int] {
        guard !slowReaders.isEmpty else { return [] }
        defer { slowReaders.removeAll() }
        return slowReaders.filter { self[$0] != nil }
    }

    // MARK: - Delivery

    func isOpen(_ connection: Int) -> Bool { self[connection] != nil }

    func isBehind(_ connection: Int) -> Bool { self[connection]?.isBehind ?? false }

    func standing(of connection: Int) -> Standing {
        guard let connection = self[connection] else { return .free }
        return connection.outbox.isFollowing ? .following : connection.isBehind ? .behind : .free
    }

    func stopFollowing(_ connection: Int) { self[connection]?.outbox.stopFollowing() }

    func room(for connection: Int) -> Int {
        guard let receiver = self[connection], receiver.outbox.isFollowing else { return .max }
        return receiver.room()
    }

    func lose(_ connection: Int) {
        self[connection]?.overrun()
        slowReaders.append(connection)
    }

    func isLost(_ connection: Int) -> Bool { self[connection]?.outbox.isOverrun ?? true }

    func write(_ bytes: ByteBuffer, to connection: Int) -> Int {
        self[connection]?.deliver(bytes) ?? bytes.readableBytes
    }

    func keep(_ bytes: ByteBuffer, for connection: Int) {
        if self[connection]?.keep(bytes) == false { slowReaders.append(connection) }
    }

    func keep(_ span: SharedLog.Span, for connection: Int) {
        if self[connection]?.keep(span) == false { slowReaders.append(connection) }
    }

    func close(_ connection: Int, _ closing: Closing) { self[connection]?.close(closing) }

    func hold(_ connection: Int) { self[connection]?.hold() }

    func goOn(_ connection: Int) {
        guard let connection = self[connection] else { return }
        connection.loop.letGoOn(connection)
    }

    func free(_ connection: Int) { free.append(connection / loops) }
}
