import HandlerTesting
import NIOCore
import Seeds

/// One seed: a server, its clients, what they do to one another, and what is wrong with what came of it.
final class Simulation {
    let scenario: Scenario
    private(set) var server: SimulatedServer
    /// Where posts are kept, if anywhere.
    let disk: SimulatedDisk?
    let plant: Planting?
    var random: Seeded
    private let reading = Reading()
    /// The last is the present one.
    var lives = [Life()]
    private(set) var observerLoop = 0
    private var gatekeeper: Gatekeeper
    /// What was found to be wrong on the way.
    private(set) var found: [Violation] = []
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
        gatekeeper = Gatekeeper(scenario.homeLimits)
        let planting = plant.map { Planting($0, seed: scenario.seed) }
        self.plant = planting
        disk = scenario.durability.map { _ in SimulatedDisk(rooms: Shipped.rooms, planting) }
        server = try SimulatedServer(scenario, planting, on: disk, at: 1_767_323_045, life: 0)
        disk?.pace = scenario.durability?.pace
    }

    /// Of the present life.
    var clients: [SimulatedClient] { lives[lives.count - 1].clients }
    /// Of all lives.
    var everybody: [SimulatedClient] { lives.flatMap(\.clients) }

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
        let told = (found + judgement()).sorted { ($0.step ?? .max) < ($1.step ?? .max) }
        try server.shutDown()
        return told + remains
    }

    func note(_ violation: Violation) { found.append(violation) }
    func noteMisuses() { found += misuses() }

    // MARK: - From life to life

    func endLife(hasUnheardSessions: Bool) {
        lives[lives.count - 1].isCrashed = true
        lives[lives.count - 1].hasUnheardSessions = hasUnheardSessions
    }

    /// A server starts with what the disk has.
    func start(at time: Int64, isLate: Bool) throws {
        var heritage = Heritage()
        heritage.told.add(everybody)
        lives.append(Life(heritage: heritage, isLate: isLate || lives[lives.count - 1].isLate))
        gatekeeper = Gatekeeper(scenario.homeLimits)
        plant?.restarted()
        disk?.trouble = nil
        server = try SimulatedServer(scenario, plant, on: disk, at: time, life: lives.count)
    }

    /// The contents that were not saved, and not sent again either with more success.
    private func refusedContents() -> Set<String> {
        guard scenario.durability?.fails == true else { return [] }
        let refused = everybody.reduce(into: Set<String>()) { $0.formUnion($1.contents(ofRefused: true)) }
        // Until the next group takes its place, what was refused may be found after a crash.
        return everybody.reduce(into: refused.subtracting(disk?.revived.contents ?? [])) {
            $0.subtract($1.contents(ofRefused: false))
        }
    }

    /// What everybody got, life by life, and what was left of each in the next.
    private func judgement() -> [Violation] {
        var past = Past()
        var oracles: [Oracle] = []
        let refused = refusedContents()
        for place in lives.indices {
            lives[place].hasVaguePast = past.isVague
            oracles.append(Oracle(lives[place], scenario, past, refused: refused))
            past.add(oracles[place], lives[place], scenario)
        }
        var all = oracles.flatMap { $0.violations() } + Secrets(oracles.flatMap(\.accounts), scenario).violations
        guard let disk else { return all }
        for (before, life) in zip(oracles, lives.dropFirst()) {
            all += Survival(of: life.heritage, after: before, disk, observer: life.clients.first).violations
        }
        return all
    }

    // MARK: - From step to step

    func open() throws {
        try connect(.init(isObserver: true, offer: scenario.seed.isMultiple(of: 2) ? Offer(&random) : nil))
        try settle()
        for room in ["random", "gaming"] { observer.send(Deed(kind: .join(room, stay: true), step: step, ref: room)) }
        try settle()
        if lives.count > 1 { try readHeritage() }
    }

    @discardableResult
    func connect(_ kind: SimulatedClient.Kind) throws -> SimulatedClient {
        let loop = Int.random(in: 0..<scenario.loops, using: &random)
        let windowBits = scenario.compresses ? kind.offer?.windowBits ?? 0 : 0
        let end = try server.connect(on: loop, from: kind.home, windowBits: windowBits)
        if kind.isObserver { observerLoop = loop }
        let client = SimulatedClient(
            number: lives.reduce(0) { $0 + $1.clients.count }, kind, end, reading, at: step, seed: scenario.seed,
            compression: scenario.compresses)
        judge(client)
        lives[lives.count - 1].clients.append(client)
        let manner =
            "\(kind.isStranger ? " with a bad handshake" : "")\(kind.offer.map { ", offering \($0.text)" } ?? "")"
        tell(client, "connects from \(kind.home.address) on loop \(loop)\(manner)\(client.isCut ? ", and is cut" : "")")
        return client
    }

    /// Whether it had to be let in, as far as its own side can tell.
    private func judge(_ client: SimulatedClient) {
        let neighbours = clients.filter { $0.home.network == client.home.network }
        let fault = gatekeeper.judge(
            isCut: client.isCut, from: client.home.network, .init(neighbours), .init(clients),
            now: server.clock.monotonicMilliseconds)
        if let fault { found.append(Violation(.address, client: client.number, step: step, what: fault)) }
    }

    /// Bytes move, and loops turn.
    private func move() throws {
        for client in clients where client.hasToSend && !random.chance(3) && step >= client.stalledUntil {
            try client.feed(splitting: scenario.splitsReads, &random)
        }
        plant?.apply(to: server, on: disk)
        if try crashesNow() { return }
        if !random.chance(4) { server.turn(&random) }
        if try crashesNow() { return }
        for client in clients where !random.chance(3) { read(client, upTo: random.chance(4) ? 300 : .max) }
        if try crashesNow() { return }
        disk?.turn(&random)
        if try crashesNow() { return }
    }

    /// A client takes what there is for it.
    func take(_ client: SimulatedClient, upTo most: Int) {
        let before = client.seen.count
        client.take(at: step, upTo: most)
        for words in client.seen[before...].compactMap(\.words) { check(words, for: client) }
    }

    private func read(_ client: SimulatedClient, upTo most: Int) {
        take(client, upTo: most)
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
            plant?.apply(to: server, on: disk)
            server.rest()
            disk?.finish()
            server.rest()
            while server.work.count > 0 { try server.work.answer(&random, failing: false) }
            server.rest()
            let before = clients.reduce(0) { $0 + $1.seen.count }
            for client in clients { read(client, upTo: .max) }
            let isQuiet =
                clients.allSatisfy { !$0.isConnected || !$0.hasToSend } && server.work.count == 0
                && disk?.isBusy != true
            if isQuiet, before == clients.reduce(0, { $0 + $1.seen.count }) { break }
        }
    }
}

extension Gatekeeper.Strangers {
    fileprivate init(_ clients: [SimulatedClient]) {
        for client in clients {
            if client.isSurelyStranger { least += 1 }
            if client.mayBeStranger { most += 1 }
        }
    }
}
