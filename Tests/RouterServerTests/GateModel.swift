import Handlers
import Seeds
import TestSupport
import Testing

@testable import RouterServer

/// What the gate should count, and whom it should cut, beside a server to which all of it happens.
struct GateModel {
    private static let (handshakes, ofAddress, users, all) = (5, 4, 3, 3 + 2 * 5)
    private static let exempt = "127.0.0.1"

    private let server: EmbeddedLoops
    private var random: Seeded
    /// In the order in which they came, and then in that in which they were closed.
    private var present: [Visitor] = []
    private var ended: [Visitor] = []

    private struct Visitor {
        let client: EmbeddedClient
        let loop: Int
        let address: String
        var kind = AcceptGate.Place.Kind.stranger
        /// Its request was answered with an error.
        var isRefused = false
    }

    init(_ seed: UInt64) throws {
        random = Seeded(seed)
        server = EmbeddedLoops(
            [Broadcast.self], loops: 3,
            limits: [
                "max_handshakes": "\(Self.handshakes)", "max_handshakes_per_address": "\(Self.ofAddress)",
                "max_connections": "\(Self.users)", "connection_burst": "1000000",
            ])
    }

    mutating func step() throws {
        if present.isEmpty || random.chance(3) { return try arrive() }
        let index = Int.random(in: present.indices, using: &random)
        let isFree = present[index].kind == .stranger && !present[index].isRefused
        switch random.pick([0, 1, 1, 1, 2, 2, 3, 4]) {
        case 0 where isFree: try refuse(index)
        case 1 where isFree: try admit(index)
        case 2 where present[index].kind == .user: try fail(index)
        case 3 where present[index].kind == .user: try close(index)
        case 4: vanish(index)
        default: break
        }
    }

    private mutating func arrive() throws {
        let address = random.pick([Self.exempt, "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"])
        let loop = Int.random(in: 0..<3, using: &random)
        let visitor = Visitor(client: try server.connect(on: loop, from: address), loop: loop, address: address)
        server.turn()
        let ofAddress = present.count { $0.address == address && $0.kind != .user }
        if address != Self.exempt, ofAddress >= Self.ofAddress { return ended.append(visitor) }
        let strangers = present.count { $0.kind == .stranger }
        guard strangers >= Self.handshakes || present.count >= Self.all else { return present.append(visitor) }
        let crowd = strangers >= Self.handshakes ? AcceptGate.Place.Kind.stranger : .leaving
        guard let oldest = present.firstIndex(where: { $0.loop == loop && $0.kind == crowd }) else {
            return ended.append(visitor)
        }
        ended.append(present.remove(at: oldest))
        present.append(visitor)
    }

    private mutating func admit(_ index: Int) throws {
        try present[index].client.send(EmbeddedClient.upgrade, turning: false)
        server.turn()
        if present.count(where: { $0.kind == .user }) < Self.users {
            present[index].kind = .user
        } else {
            leaves(index)
        }
    }

    private mutating func refuse(_ index: Int) throws {
        try present[index].client.send(Array("nonsense\r\n\r\n".utf8))
        present[index].isRefused = true
    }

    private mutating func fail(_ index: Int) throws {
        try present[index].client.send([0x81, 0x00], turning: false)  // not masked
        server.turn()
        leaves(index)
    }

    private mutating func leaves(_ index: Int) {
        var visitor = present.remove(at: index)
        visitor.kind = .leaving
        present.append(visitor)
    }

    private mutating func close(_ index: Int) throws {
        try present[index].client.send(ClientFrame.close(), turning: false)
        server.turn()
        ended.append(present.remove(at: index))
    }

    private mutating func vanish(_ index: Int) {
        present[index].client.vanish()
        server.turn()
        ended.append(present.remove(at: index))
    }

    func check() throws {
        let count = server.loops[0].gate.count
        #expect(count.strangers == present.count { $0.kind == .stranger })
        #expect(count.users == present.count { $0.kind == .user })
        #expect(count.leaving == present.count { $0.kind == .leaving })
        #expect(count.strangers <= Self.handshakes && count.all <= Self.all)
        #expect(server.usersOnline == count.users && count.users <= Self.users)
        let areRight = present.allSatisfy { $0.client.isOpen } && !ended.contains { $0.client.isOpen }
        try #require(areRight)
    }

    /// When all have gone everything is free again.
    mutating func end() throws {
        while !present.isEmpty { vanish(0) }
        try check()
        let others = try (0..<Self.ofAddress).map { try server.connect(on: $0 % 3, from: "192.0.2.1") }
        #expect(others.allSatisfy { $0.isOpen })
        #expect(try !server.connect(on: 0, from: "192.0.2.1").isOpen)
    }
}
