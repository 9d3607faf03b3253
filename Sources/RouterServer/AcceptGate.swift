import HandlerKit
import Logging
import NIOConcurrencyHelpers
import RouterCore

/// Whether a connection may come in: what all loops count together, once when it comes, is admitted and goes.
final class AcceptGate: Sendable {
    private let bounds: Bounds
    private let log: Logger
    private let state: NIOLockedValueBox<State>

    /// The limits as plain numbers: to get at a single setting has all of them copied.
    private struct Bounds {
        let handshakes, handshakesPerAddress, burst: Int
        let perSecond: Double
    }

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
        self.log = log
        bounds = Bounds(
            handshakes: limits.maxHandshakes, handshakesPerAddress: limits.maxHandshakesPerAddress,
            burst: limits.connectionBurst, perSecond: limits.connectionsPerSecond)
        state = NIOLockedValueBox(State(newcomers: BucketTable(most: limits.maxAddresses)))
    }

    /// A connection has come; it counts among those that are no users until `left`, whatever the answer.
    ///
    /// - Parameters:
    ///   - network: what limits know it by; nil when those of one address do not apply.
    ///   - now: in milliseconds of the router's clock.
    /// - Returns: whether it may stay.
    func enter(_ network: IPAddress?, address: String, now: Int64) -> Bool {
        let (limit, cut) = state.withLockedValue { state in
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
        let isOneOfFew = state.strangersOfAddresses[network] < bounds.handshakesPerAddress
        _ = state.strangersOfAddresses.add(network)
        if let network,
            state.newcomers.take(
                from: network, burst: bounds.burst, perSecond: bounds.perSecond, now: now) != nil
        {
            return "its address opens more than \(bounds.perSecond) a second (limits.connections_per_second)"
        }
        guard isOneOfFew else {
            return "\(bounds.handshakesPerAddress) of its address are no users (limits.max_handshakes_per_address)"
        }
        guard state.strangers <= bounds.handshakes else {
            return "\(bounds.handshakes) connections are no users (limits.max_handshakes)"
        }
        return nil
    }

    /// It is a user from here on.
    func admitted(_ network: IPAddress?) { left(network) }

    /// It is no user any more, but still there.
    func returned(_ network: IPAddress?) {
        state.withLockedValue { state in
            state.strangers += 1
            _ = state.strangersOfAddresses.add(network)
        }
    }

    /// It is gone, and was no user.
    func left(_ network: IPAddress?) {
        state.withLockedValue { state in
            state.strangers -= 1
            state.strangersOfAddresses.remove(network)
        }
    }

    /// Most that it ever holds: one for each of as many addresses.
    var addresses: Int { state.withLockedValue { $0.newcomers.count } }
}
