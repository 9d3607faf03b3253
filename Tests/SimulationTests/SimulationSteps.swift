import HandlerTesting
import Seeds

/// What happens at a step.
extension Simulation {
    private var users: [SimulatedClient] { clients.dropFirst().filter(\.isUser) }

    func act() throws {
        if let disk, scenario.durability?.fails == true, random.chance(disk.trouble == nil ? 8 : 5) {
            disk.trouble = disk.trouble == nil ? random.pick(SimulatedDisk.Trouble.allCases) : nil
            tell(nil, disk.trouble?.rawValue ?? "the disk can be written to again")
        }
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<14: try arrive()
        case 14..<20: leave()
        case 20..<24: if scenario.stalls { stall() }
        case 24..<36:
            try pass(scenario.jumps && random.chance(12) ? 31_000 : Int.random(in: 1...700, using: &random))
        case 36..<44: try answer()
        case 44..<47: if scenario.isHostile { offend() }
        default: talk()
        }
    }

    private func arrive() throws {
        let count =
            scenario.clients > 50 ? Int.random(in: 5...30, using: &random) : Int.random(in: 1...3, using: &random)
        for _ in 0..<count where clients.count(where: \.isConnected) < scenario.clients {
            if scenario.resumes, !random.chance(3), try comeBack() { continue }
            let offer = random.chance(3) ? Offer(&random) : nil
            try connect(.init(home: random.pick(scenario.homes), isStranger: random.chance(15), offer: offer))
        }
    }

    /// - Returns: false when there is nobody who could.
    private func comeBack() throws -> Bool {
        let isLive = random.chance(8)
        let away = everybody.filter { client in
            guard !client.isSucceeded, client.token != nil, !client.isObserver else { return false }
            return isLive ? client.isUser : !client.isConnected || client.ending == .gone || client.hasClose
        }
        guard let former = away.suffix(12).randomElement(using: &random) else { return false }
        try comeBack(former)
        return true
    }

    func comeBack(_ former: SimulatedClient) throws {
        guard var comeback = comeback(of: former) else { return }
        // Of a sequence of its own, or what comes behind it would be another seed.
        var own = Seeded(scenario.seed &* 31 &+ UInt64(everybody.count))
        comeback.isHasty = own.chance(3)
        if comeback.isHasty, own.chance(3) { comeback.closesWith = own.pick([1000, 3000]) }
        former.isSucceeded = true
        let offer = random.chance(3) ? Offer(&random) : nil
        let client = try connect(.init(comeback: comeback, home: former.home, offer: offer))
        tell(client, "comes back for client \(former.number), \(comeback.kind), after \(comeback.after)")
    }

    private func comeback(of former: SimulatedClient) -> Comeback? {
        guard let token = former.token else { return nil }
        if former.user == nil, let kind = former.comeback?.kind, kind == .wrong || kind == .used { return nil }
        switch Int.random(in: 0..<12, using: &random) {
        case 0:
            return Comeback(
                kind: .wrong, token: String(repeating: "0", count: 32), after: former.newestID, former: former)
        case 1:
            guard former.isResumed, former.hasConfirmed,
                let used = former.comeback?.token
            else { fallthrough }
            return Comeback(kind: .used, token: used, after: former.newestID, former: former)
        case 2, 3:
            let after = Int.random(in: 0...former.newestID, using: &random)
            return Comeback(kind: .earlier, token: token, after: after, former: former)
        default: return Comeback(kind: .right, token: token, after: former.newestID, former: former)
        }
    }

    private func answer() throws {
        guard server.work.count > 0 else { return }
        let fails = random.chance(4)
        tell(nil, "a handler's work \(fails ? "fails" : "is done")")
        try server.work.answer(&random, failing: fails)
    }

    private func leave() {
        // Also one who has not read its welcome yet, or who is closing already.
        guard let client = clients.dropFirst().filter(\.isConnected).randomElement(using: &random) else { return }
        defer { noteEnd(of: client) }
        switch Int.random(in: 0..<(scenario.resets ? 6 : 2), using: &random) {
        case 0 where client.isUser:
            let code = random.pick([1000, 1001, 3000, 4999])
            tell(client, "closes with \(code)")
            client.close(code)
        case 1 where client.isUser:
            tell(client, "sends nothing more")
            client.finish()
        case 2, 3:
            tell(client, "vanishes")
            client.vanish(byWrite: false, asError: false)
        case 4:
            tell(client, "is reset")
            client.vanish(byWrite: false, asError: true)
        case 5:
            tell(client, "will be found to be gone")
            client.vanish(byWrite: true, asError: false)
        default: break
        }
    }

    /// Takes note of the time at which a client ends, if it has just done so.
    func noteEnd(of client: SimulatedClient) {
        if client.ending != nil, client.ended == nil { client.ended = (step, server.clock.unixMilliseconds) }
    }

    private func stall() {
        guard let client = users.randomElement(using: &random) else { return }
        client.stalledUntil = step + Int.random(in: 5...60, using: &random)
        client.deserved.formUnion([4103, 4104])
        tell(client, "takes nothing until \(client.stalledUntil)")
    }

    private func offend() {
        guard let client = users.randomElement(using: &random) else { return }
        tell(client, "offends")
        switch Int.random(in: 0..<(client.agreed ? 11 : 6), using: &random) {
        case 0: client.offend([0x81, 0x02, 0x68, 0x69], 1002)  // no mask
        case 1: client.offend(ClientBytes.frame(client.agreed ? 0xA1 : 0xC1, [0x68]), 1002)  // a reserved bit
        case 2: client.offend(ClientBytes.frame(0x81, [0xFF, 0xFE]), 1007)
        case 3:
            let pieces = (0..<130).flatMap { ClientBytes.frame($0 == 0 ? 0x01 : 0x00, [0x68]) }
            client.offend(pieces, 1008)
        case 4:
            client.deserved.insert(1008)
            for _ in 0..<101 { client.send(Deed(kind: .nonsense("h"), step: step)) }
        case 5: client.offend([0x81, 0xFF, 0, 0, 0, 0, 0, 0x20, 0, 0, 1, 2, 3, 4], 1009)
        case 6: client.offend(ClientBytes.frame(0x41, [0x00]) + ClientBytes.frame(0xC0, [0x00]), 1002)
        case 7: client.offend(ClientBytes.frame(0xC9, []), 1002)  // no control frame is compressed
        case 8: client.offend(ClientBytes.frame(0xC1, [0x06]), 1007)  // there is no such kind of block
        case 9: client.offend(compressed: [0xFF, 0xFE], 1007)
        default: client.offend(compressed: [UInt8](repeating: 0x20, count: 2 << 20), 1009)
        }
    }

    // MARK: - What clients say

    private func talk() {
        let talkers = users
        guard !talkers.isEmpty else { return }
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let client = random.pick(talkers)
            let count = random.chance(25) ? 30 : Int.random(in: 1...3, using: &random)
            for _ in 0..<count { say(client) }
        }
    }

    private func say(_ client: SimulatedClient) {
        if random.chance(25) { return client.ping() }
        let isUnsure = client.isResumed && client.comeback?.former.isDead == true
        if random.chance(keepsOnAsking || isUnsure ? 6 : 25),
            let earlier = client.refused ?? client.deeds.last(where: { $0.key != nil }) ?? former(of: client)
        {
            var again = Deed(kind: earlier.kind, step: step, ref: ref(client), key: earlier.key)
            again.trouble = earlier.trouble
            tell(client, "repeats \(again.text ?? "")")
            return client.send(again)
        }
        var deed = Deed(kind: kind(of: client), step: step)
        if keepsOnAsking || scenario.resumes || scenario.readsLate || !random.chance(5) { deed.ref = ref(client) }
        decorate(&deed, client)
        tell(client, "sends \((deed.text ?? "\(deed.kind)").prefix(120))")
        if random.chance(10) {
            client.send(deed, inPieces: Int.random(in: 2...5, using: &random))
        } else {
            client.send(deed)
        }
    }

    /// Whether what could not be saved is sent again, and everybody wants to know what has become of it.
    private var keepsOnAsking: Bool { scenario.durability?.fails == true }

    /// What a client has sent with a key before it came back.
    private func former(of client: SimulatedClient) -> Deed? {
        guard client.isResumed else { return nil }
        return client.comeback?.formers.lazy.compactMap { $0.deeds.last { $0.key != nil } }.first
    }

    private func decorate(_ deed: inout Deed, _ client: SimulatedClient) {
        switch deed.kind {
        case .say, .whisper:
            if random.chance(keepsOnAsking ? 2 : 6) {
                deed.key = "k\(sayings)"
                deed.ref = deed.ref ?? ref(client)  // or nobody could tell which of two was taken
            }
            if scenario.handlersFail, random.chance(8) { deed.trouble = random.chance(3) ? "throw" : "wait" }
        case .rename:
            if scenario.handlersFail, random.chance(8) { deed.trouble = random.chance(3) ? "throw" : "wait" }
        // From a disk even the newest may have to be read.
        case .askHistory(_, let before, _):
            if disk != nil || (before != nil && scenario.handlersFail) { deed.trouble = "archive" }
        case .type: deed.ref = deed.ref ?? "typed\(sayings)"
        case .binary, .nonsense, .tooLarge: deed.ref = nil
        default: break
        }
    }

    private func ref(_ client: SimulatedClient) -> String {
        let number = client.firstRef + client.deeds.count
        return random.chance(2) ? "\(number)" : "r\(number)"
    }

    private func kind(of client: SimulatedClient) -> Deed.Kind {
        sayings += 1
        let rooms = ["general", "random", "gaming"]
        let room = random.chance(3) ? random.pick(rooms) : nil
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<45: return .say(content("m", client), room: room, isImage: false)
        case 45..<50: return .say("https://example.com/m\(client.number)-\(sayings)", room: room, isImage: true)
        case 50..<62: return .whisper(content("p", client), to: receiver(client))
        case 62..<67: return .rename(random.chance(8) ? "<no>" : "N\(client.number)x\(sayings)")
        case 67..<72: return .type(!random.chance(3))
        case 72..<80: return .join(random.chance(12) ? "nowhere" : random.pick(rooms), stay: random.chance(2))
        case 80..<84: return .leave(room)
        case 84..<87: return .askUsers
        case 87..<89: return .askStats
        case 89..<91: return .askRooms
        case 91..<95:
            let before = random.chance(2) ? Int.random(in: 1...(sayings + 3), using: &random) : nil
            return .askHistory(
                room, before: before, limit: random.chance(2) ? Int.random(in: 1...9, using: &random) : nil)
        case 95..<97:
            return .nonsense(
                random.pick(["[1]", "{", "{\"type\":5}", "hello", "{\"type\":\"message\",\"ref\":[]}", ""]))
        case 97: return .unknown("t\(sayings)")
        case 98: return .tooLarge(random.pick([10_241, Deed.lettersLength]))
        default: return .binary
        }
    }

    /// Names its sender and no other text like it, so that it is known wherever it turns up.
    private func content(_ mark: String, _ client: SimulatedClient) -> String {
        let filling = Int.random(in: 0...scenario.longest, using: &random)
        return "\(mark)\(client.number)-\(sayings)-" + String(repeating: "x", count: filling)
    }

    private func receiver(_ client: SimulatedClient) -> Int {
        if random.chance(10) { return 1_000_000 }
        return clients.compactMap(\.user).randomElement(using: &random) ?? client.user ?? 1
    }
}
