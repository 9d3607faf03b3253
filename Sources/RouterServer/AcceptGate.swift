import HandlerKit
import Logging
import NIOConcurrencyHelpers
import RouterCore

/// Whether a connection may come in: what all loops count together. Each that is let in holds a `Place` until it ends.
///
/// Strangers are bounded by `max_handshakes`, users by the router; and all together by both and as many leaving users as
/// there may be strangers: past that the oldest makes room for who comes.
final class AcceptGate: Sendable {
    private let bounds: Bounds
    private let log: Logger
    private let state: NIOLockedValueBox<State>

    /// The limits as plain numbers: to get at a single setting has all of them copied.
    private struct Bounds {
        let handshakes, handshakesPerAddress, all, burst: Int
        let perSecond: Double
    }

    private struct State {
        var count = Counts()
        /// Those that have come to resume a session.
        var returned = 0
        var nonUsersOfAddresses = AddressCounts()
        var newcomers: BucketTable<IPAddress>
        /// Of those cut since the last warning, and when there may be another.
        var cut = 0
        var warnsAt = Int64.min

        mutating func add(_ kind: Place.Kind, _ network: IPAddress?) {
            count.add(1, to: kind)
            if kind != .user { _ = nonUsersOfAddresses.add(network) }
        }

        mutating func remove(_ kind: Place.Kind, _ network: IPAddress?) {
            count.add(-1, to: kind)
            if kind != .user { nonUsersOfAddresses.remove(network) }
        }
    }

    /// How many there are of each kind.
    struct Counts: Equatable {
        var strangers = 0
        var users = 0
        var leaving = 0
        var all: Int { strangers + users + leaving }

        mutating func add(_ difference: Int, to kind: Place.Kind) {
            switch kind {
            case .stranger: strangers += difference
            case .user: users += difference
            case .leaving: leaving += difference
            }
        }
    }

    /// Between two warnings, in milliseconds.
    private static let warnsEvery: Int64 = 10_000

    init(_ limits: Limits, log: Logger) {
        self.log = log
        bounds = Bounds(
            handshakes: limits.maxHandshakes, handshakesPerAddress: limits.maxHandshakesPerAddress,
            all: limits.maxConnections + 2 * limits.maxHandshakes, burst: limits.connectionBurst,
            perSecond: limits.connectionsPerSecond)
        state = NIOLockedValueBox(State(newcomers: BucketTable(most: limits.maxAddresses)))
    }

    /// A connection wants to resume a session: the how many-th of all loops it is.
    func countReturning() -> Int {
        state.withLockedValue { state in
            state.returned += 1
            return state.returned
        }
    }

    /// A connection has come.
    ///
    /// - Parameters:
    ///   - network: what limits know it by; nil when those of one address do not apply.
    ///   - now: in milliseconds of the router's clock.
    ///   - makeRoom: cuts the oldest of that kind on the loop that it has come to; returns false when there is none.
    /// - Returns: its place, as a stranger; nil when it may not stay.
    func enter(_ network: IPAddress?, address: String, now: Int64, makeRoom: (Place.Kind) -> Bool) -> Place? {
        guard let hit = state.withLockedValue({ arrive(network, now, &$0) }) else {
            return Place(counted: self, network)
        }
        guard let crowd = hit.crowd else {
            note("\(address) cut: \(hit.limit)", now)
            return nil
        }
        let place = Place(counted: self, network)  // given back, if there is no room
        let hasRoom = makeRoom(crowd)
        note(hasRoom ? "the oldest is cut for \(address): \(hit.limit)" : "\(address) cut: \(hit.limit)", now)
        guard hasRoom else { return nil }
        return place
    }

    private struct Hit {
        let limit: String
        /// Of whom there is one too many now; nil when the connection is not counted.
        var crowd: Place.Kind?
    }

    private func arrive(_ network: IPAddress?, _ now: Int64, _ state: inout State) -> Hit? {
        if let limit = limitHit(by: network, now, &state) { return Hit(limit: limit) }
        state.add(.stranger, network)
        if state.count.strangers > bounds.handshakes {
            return Hit(
                limit: "\(bounds.handshakes) connections are no users yet (limits.max_handshakes)", crowd: .stranger)
        }
        if state.count.all > bounds.all {
            return Hit(
                limit: "\(bounds.all) connections (limits.max_connections and twice limits.max_handshakes)",
                crowd: .leaving)
        }
        return nil
    }

    /// - Returns: the limit of one address that the connection hits.
    private func limitHit(by network: IPAddress?, _ now: Int64, _ state: inout State) -> String? {
        guard let network else { return nil }
        if state.newcomers.take(from: network, burst: bounds.burst, perSecond: bounds.perSecond, now: now) != nil {
            return "its address opens more than \(bounds.perSecond) a second (limits.connections_per_second)"
        }
        if state.nonUsersOfAddresses[network] >= bounds.handshakesPerAddress {
            return "\(bounds.handshakesPerAddress) of its address are no users (limits.max_handshakes_per_address)"
        }
        return nil
    }

    private func note(_ cut: Logger.Message, _ now: Int64) {
        log.debug(cut)
        let count = state.withLockedValue { state in
            state.cut += 1
            guard now >= state.warnsAt else { return 0 }
            defer { (state.cut, state.warnsAt) = (0, now + Self.warnsEvery) }
            return state.cut
        }
        if count > 0 { log.warning("connections are cut, \(count) since this was last said: \(cut)") }
    }

    var count: Counts { state.withLockedValue { $0.count } }

    /// The connection with that place is something else from now on, or no more.
    fileprivate func move(_ network: IPAddress?, from kind: Place.Kind, to next: Place.Kind?) {
        state.withLockedValue { state in
            state.remove(kind, network)
            if let next { state.add(next, network) }
        }
    }

    /// Connections that are no users, and of how many addresses those of them are that limits apply to.
    var nonUsers: (connections: Int, addresses: Int) {
        state.withLockedValue { ($0.count.strangers + $0.count.leaving, $0.nonUsersOfAddresses.count) }
    }

    /// Most that it ever holds: one for each of as many addresses.
    var addresses: Int { state.withLockedValue { $0.newcomers.count } }
}

extension AcceptGate {
    /// What a connection counts as. It is given back once, by whoever lets go of it.
    struct Place: ~Copyable {
        enum Kind {
            /// No user yet.
            case stranger
            case user
            /// A user that is being closed.
            case leaving
        }

        private let gate: AcceptGate
        private let network: IPAddress?
        private var kind = Kind.stranger

        /// - Parameter gate: has counted it already.
        fileprivate init(counted gate: AcceptGate, _ network: IPAddress?) {
            (self.gate, self.network) = (gate, network)
        }

        mutating func become(_ next: Kind) {
            gate.move(network, from: kind, to: next)
            kind = next
        }

        deinit { gate.move(network, from: kind, to: nil) }
    }
}
