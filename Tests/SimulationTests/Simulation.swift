import NIOCore
import Seeds

/// One seed: a server, its clients, what they do to one another, and what is wrong with what came of it.
final class Simulation {
    let scenario: Scenario
    let server: SimulatedServer
    let plant: Planting?
    var random: Seeded
    private let reading = Reading()
    private(set) var clients: [SimulatedClient] = []
    private(set) var step = 0
    /// Grows with everything that is said, so that each is said once.
    var sayings = 0
    /// What happened, when it is to be told.
    private(set) var story: [Event] = []
    private let tells: Bool

    /// Something that happened, to one client or to all.
    struct Event {
        let step: Int
        let client: Int?
        let what: String
    }

    init(_ scenario: Scenario, plant: Plant? = nil, tells: Bool = false) throws {
        self.scenario = scenario
        self.tells = tells
        random = Seeded(scenario.seed)
        let planting = plant.map { Planting($0, seed: scenario.seed) }
        self.plant = planting
        server = try SimulatedServer(scenario, planting)
    }

    /// Sees everything, and does nothing wrong.
    var observer: SimulatedClient { clients[0] }

    func tell(_ client: SimulatedClient? = nil, _ what: @autoclosure () -> String) {
        if tells { story.append(Event(step: step, client: client?.number, what: what())) }
    }

    /// - Returns: what is wrong; nothing, if all is well.
    func run() throws -> [Violation] {
        try open()
        for _ in 0..<scenario.steps {
            step += 1
            try act()
            try move()
            if observer.hasClose { break }
        }
        let remains = try finish()
        let found = Oracle(self).violations() + remains
        try server.shutDown()
        return found
    }

    // MARK: - From step to step

    private func open() throws {
        try connect(isStranger: false)
        try settle()
        for room in ["random", "gaming"] { observer.send(Deed(kind: .join(room, stay: true), step: 0, ref: room)) }
        try settle()
    }

    @discardableResult
    func connect(isStranger: Bool) throws -> SimulatedClient {
        let loop = Int.random(in: 0..<scenario.loops, using: &random)
        let client = SimulatedClient(
            number: clients.count, loop: loop, isStranger: isStranger, try server.connect(on: loop), reading)
        clients.append(client)
        tell(client, "connects on loop \(loop)\(isStranger ? " with a bad handshake" : "")")
        return client
    }

    /// Bytes move, and loops turn.
    private func move() throws {
        for client in clients where client.hasToSend && !random.chance(3) && step >= client.stalledUntil {
            try client.feed(splitting: scenario.splitsReads, &random)
        }
        plant?.apply(to: server)
        if !random.chance(4) { server.turn(&random) }
        for client in clients where !random.chance(3) { read(client, upTo: random.chance(4) ? 300 : .max) }
    }

    private func read(_ client: SimulatedClient, upTo most: Int) {
        client.take(at: step, upTo: most)
        guard client.isAtEnd, !client.hasHungUp else { return }
        tell(client, "sees the end, and hangs up")
        client.hangUp()
    }

    /// Time passes. Whoever is well answers in time.
    func pass(_ milliseconds: Int) throws {
        if milliseconds > 1_000 { jump(milliseconds) }
        server.pass(milliseconds)
        for _ in 0..<2 {
            for client in clients {
                read(client, upTo: .max)
                if client.hasToSend, step >= client.stalledUntil { try client.feed(splitting: false, &random) }
            }
        }
    }

    /// Whoever is behind when time jumps has taken nothing for that long.
    private func jump(_ milliseconds: Int) {
        tell(nil, "\(milliseconds) ms pass")
        for client in clients where client.socket.isBehind { client.deserved.insert(4103) }
    }

    /// Everything that is under way arrives, and is answered.
    func settle() throws {
        for _ in 0..<200 {
            for client in clients where client.hasToSend { try client.feed(splitting: false, &random) }
            plant?.apply(to: server)
            server.rest()
            while server.work.count > 0 { try server.work.answer(&random, failing: false) }
            server.rest()
            let before = clients.reduce(0) { $0 + $1.seen.count }
            for client in clients { read(client, upTo: .max) }
            let isQuiet = clients.allSatisfy { !$0.isConnected || !$0.hasToSend } && server.work.count == 0
            if isQuiet, before == clients.reduce(0, { $0 + $1.seen.count }) { break }
        }
    }
}

/// Something that is wrong.
struct Violation: CustomStringConvertible {
    let client: Int?
    let step: Int?
    let what: String

    var description: String {
        let place = [client.map { "client \($0)" }, step.map { "step \($0)" }].compactMap(\.self).joined(
            separator: ", ")
        return place.isEmpty ? what : "\(place): \(what)"
    }
}
