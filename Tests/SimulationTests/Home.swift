import Seeds

/// Where clients come from, and by what limits know that.
struct Home: Equatable, Sendable {
    let address: String
    /// The same for all addresses that count as one (an IPv6 /64); nil for loopback, which limits leave alone.
    let network: String?

    static let loopback = Home(address: "127.0.0.1", network: nil)

    /// Some that are the same although they look different, and some that are not although they look alike.
    private static let others = [
        Home(address: "192.0.2.1", network: "192.0.2.1"), Home(address: "::ffff:192.0.2.1", network: "192.0.2.1"),
        Home(address: "192.0.2.2", network: "192.0.2.2"),
        Home(address: "2001:db8:0:1::1", network: "2001:db8:0:1"),
        Home(address: "2001:db8:0:1:ffff::9", network: "2001:db8:0:1"),
        Home(address: "2001:db8:0:2::1", network: "2001:db8:0:2"), Home(address: "::1", network: nil), loopback,
    ]

    static func some(_ random: inout Seeded) -> [Home] {
        Array(others.shuffled(using: &random).prefix(Int.random(in: 2...6, using: &random)))
    }
}

/// The limits of one address that a seed has.
struct HomeLimits: Sendable {
    let connections, handshakes, handshakesPerAddress, burst: Int
    let perSecond: Double

    static let shipped = HomeLimits(
        connections: 100, handshakes: 1_000, handshakesPerAddress: 100, burst: 100, perSecond: 10)

    /// So small that they are met; with many clients everything is more.
    static func small(_ random: inout Seeded, crowd: Int) -> HomeLimits {
        HomeLimits(
            connections: crowd * random.pick([1, 2, 3, 100]), handshakes: crowd * random.pick([4, 8, 1_000]),
            handshakesPerAddress: crowd * random.pick([1, 2, 4, 100]), burst: crowd * random.pick([2, 4, 10]),
            perSecond: random.pick([0.5, 2, 20]) * Double(crowd))
    }

    fileprivate init(connections: Int, handshakes: Int, handshakesPerAddress: Int, burst: Int, perSecond: Double) {
        (self.connections, self.handshakes, self.burst) = (connections, handshakes, burst)
        (self.handshakesPerAddress, self.perSecond) = (handshakesPerAddress, perSecond)
    }

    /// As settings.
    var settings: [(String, String)] {
        [
            ("max_connections_per_address", "\(connections)"), ("max_handshakes", "\(handshakes)"),
            ("max_handshakes_per_address", "\(handshakesPerAddress)"), ("connection_burst", "\(burst)"),
            ("connections_per_second", "\(perSecond)"),
        ]
    }
}

/// Says of each connection whether it had to be let in, or to be cut. Where a client can't know which of two things the
/// server has seen first, either is right.
struct Gatekeeper {
    private let limits: HomeLimits
    private var buckets: [String: Bucket] = [:]

    /// How many an address may still open at once.
    private struct Bucket {
        /// If whoever was cut counts, too; and if not.
        var least, most: Double
        var at: Int64
    }

    /// How many connections are no users: surely, and at most.
    struct Strangers {
        var least = 0
        var most = 0
    }

    init(_ limits: HomeLimits) { self.limits = limits }

    /// - Parameters:
    ///   - neighbours: those of the same address, without the one that comes.
    ///   - all: those of any address, likewise.
    /// - Returns: why that was wrong.
    mutating func judge(
        isCut: Bool, from network: String?, _ neighbours: Strangers, _ all: Strangers, now: Int64
    ) -> String? {
        let bucket = filled(network, now)
        // Sums of fractions come out a little more or less.
        let mayBeCut =
            (bucket?.least ?? 1) < 1.001 || all.most >= limits.handshakes
            || network != nil && neighbours.most >= limits.handshakesPerAddress
        // With too many of all it may be the oldest that is cut.
        let hasToBeCut =
            (bucket?.most ?? 1) < 0.999 || network != nil && neighbours.least >= limits.handshakesPerAddress
        if let network, var bucket {
            bucket.least = max(0, bucket.least - 1)
            if !isCut { bucket.most -= 1 }
            buckets[network] = bucket
        }
        if isCut, !mayBeCut { return "was cut, with \(neighbours) of its address and \(all) of all" }
        if !isCut, hasToBeCut { return "was not cut, with \(neighbours) of its address and \(all) of all" }
        return nil
    }

    private func filled(_ network: String?, _ now: Int64) -> Bucket? {
        guard let network else { return nil }
        let full = Double(limits.burst)
        guard var bucket = buckets[network] else { return Bucket(least: full, most: full, at: now) }
        let more = Double(now - bucket.at) / 1_000 * limits.perSecond
        (bucket.least, bucket.most, bucket.at) = (min(full, bucket.least + more), min(full, bucket.most + more), now)
        return bucket
    }
}
