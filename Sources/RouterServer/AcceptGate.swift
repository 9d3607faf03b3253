import HandlerKit
import Logging
import RouterCore
import Synchronization

/// Whether a connection may come in: what all loops count together, once when it comes, is admitted and goes.
final class AcceptGate: Sendable {
    private let limits: Limits
    private let log: Logger
    private let state: Mutex<State>

    private struct State {
        var strangers = 0
        var strangersOfAddresses = AddressCounts()
        var newcomers: BucketTable<IPAddress>
        /// Of those cut since the last warning, and when there may be another.
        var cut = 0
        var warnsAt = Int64.min
    }

    /// Between two warnings, in milliseconds.
    private static let warnsEvery: Int64 = 10_000

    init(_ limits: Limits, log: Logger) {
        (self.limits, self.log) = (limits, log)
        state = Mutex(State(newcomers: BucketTable(most: limits.maxAddresses)))
    }

    /// A connection has come; it counts among those that are no users until `left`, whatever the answer.
    ///
    /// - Parameters:
    ///   - network: what limits know it by; nil when those of one address do not apply.
    ///   - now: in milliseconds of the router's clock.
    /// - Returns: whether it may stay.
    func enter(_ network: IPAddress?, address: String, now: Int64) -> Bool {
        let (limit, cut) = state.withLock { state in
            let limit = hit(network, now, &state)
            if limit != nil { state.cut += 1 }
            guard limit != nil, now >= state.warnsAt else { return (limit, 0) }
            defer { (state.cut, state.warnsAt) = (0, now + Self.warnsEvery) }
            return (limit, state.cut)
        }
        guard let limit else { return true }
        log.debug("\(address) cut: \(limit)")
        if cut > 0 {
            log.warning("new connections are cut, \(cut) since this was last said: \(limit), from \(address)")
        }
        return false
    }

    /// - Returns: the limit that the connection hits.
    private func hit(_ network: IPAddress?, _ now: Int64, _ state: inout State) -> String? {
        state.strangers += 1
        let isOneOfFew = state.strangersOfAddresses[network] < limits.maxHandshakesPerAddress
        _ = state.strangersOfAddresses.add(network)
        if let network,
            state.newcomers.take(
                from: network, burst: limits.connectionBurst, perSecond: limits.connectionsPerSecond, now: now) != nil
        {
            return "its address opens more than \(limits.connectionsPerSecond) a second (limits.connections_per_second)"
        }
        guard isOneOfFew else {
            return "\(limits.maxHandshakesPerAddress) of its address are no users (limits.max_handshakes_per_address)"
        }
        guard state.strangers <= limits.maxHandshakes else {
            return "\(limits.maxHandshakes) connections are no users (limits.max_handshakes)"
        }
        return nil
    }

    /// It is a user from here on.
    func admitted(_ network: IPAddress?) { left(network) }

    /// It is no user any more, but still there.
    func returned(_ network: IPAddress?) {
        state.withLock { state in
            state.strangers += 1
            _ = state.strangersOfAddresses.add(network)
        }
    }

    /// It is gone, and was no user.
    func left(_ network: IPAddress?) {
        state.withLock { state in
            state.strangers -= 1
            state.strangersOfAddresses.remove(network)
        }
    }

    /// Most that it ever holds: one for each of as many addresses.
    var addresses: Int { state.withLock { $0.newcomers.count } }
}
