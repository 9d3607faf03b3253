/// Says what is wrong with what the clients of a seed got. It knows the protocol and nothing of the router.
struct Oracle {
    let life: Life
    let scenario: Scenario
    let log: PublicLog
    let clients: [SimulatedClient]
    /// Who has ever sent each content, by user; 0 for one who does not know who it is.
    let authors: [String: Int]
    /// What could not be saved.
    let refused: Set<String>
    let accounts: [Account]

    /// - Parameters:
    ///   - past: the lives before.
    ///   - refused: what could not be saved, in any life.
    init(_ life: Life, _ scenario: Scenario, _ past: Past, refused: Set<String>) {
        (self.life, self.scenario) = (life, scenario)
        clients = life.clients
        var authors: [String: Int] = [:]
        for client in clients {
            for deed in client.deeds {
                if case .say(let content, _, _) = deed.kind { authors[content] = client.user ?? 0 }
            }
        }
        self.authors = authors
        self.refused = refused
        let log = PublicLog(of: clients[0], life.heritage, past, authors: authors)
        self.log = log
        var past = past
        accounts = clients.map { client in
            let account = Account.of(client, log, scenario, past)
            past.add(account)
            return account
        }
    }

    func violations() -> [Violation] {
        var found = log.violations + addresses() + unsaved(accounts)
        for (client, account) in zip(clients, accounts) {
            found += account.violations + endOf(client, account)
        }
        return (found + presence() + hasty() + unheard() + comebacks()).sorted { ($0.step ?? .max) < ($1.step ?? .max) }
    }

    // MARK: - Everybody

    /// Nobody but its sender hears of what could not be saved.
    private func unsaved(_ accounts: [Account]) -> [Violation] {
        let told = log.said.keys.filter(refused.contains)
        let secrets = accounts.flatMap(\.secrets).compactMap(\.words.contentText).filter(refused.contains)
        return (told + secrets).map {
            Violation(.unsaved, what: "told although its sender was refused: \($0.prefix(60))")
        }
    }

    /// Who was seen to come was seen to go.
    private func presence() -> [Violation] {
        let named = Set(clients.compactMap(\.user))
        var found: [Violation] = []
        // Those who were gone before they had read who they are.
        let unknown = log.joins.keys.filter { !named.contains($0) && life.heritage.told.user < $0 }.count
        let silent = clients.count { $0.user == nil && !$0.isStranger && !$0.isCut }
        if unknown > silent { found.append(Violation(.presence, what: "\(unknown) users are nobody's")) }
        for client in clients.dropFirst() {
            guard let user = client.user else { continue }
            if log.joins[user] == nil, !client.isResumed {
                found.append(
                    Violation(.presence, client: client.number, what: "nobody was told that user \(user) came"))
            }
        }
        let newcomers = clients.filter { !$0.isResumed }.compactMap(\.user)
        if Set(newcomers).count < newcomers.count {
            found.append(Violation(.presence, what: "two clients are one user"))
        }
        guard !scenario.stops, !life.isCrashed, let observer = clients[0].user else { return found }
        for user in log.stillOnline where user != observer {
            found.append(Violation(.presence, what: "nobody was told that user \(user) left"))
        }
        return found
    }

    /// Who had to be let back into its session was, and nobody else.
    private func comebacks() -> [Violation] {
        clients.compactMap { client in
            guard let comeback = client.comeback, client.user != nil else { return nil }
            func wrong(_ kind: Violation.Kind, _ what: String) -> Violation {
                Violation(kind, client: client.number, step: client.seen.first { $0.words != nil }?.step, what: what)
            }
            if client.isResumed, client.user != comeback.former.user, comeback.kind != .wrong {
                return comeback.former.user == nil ? nil : wrong(.secret, "is another user's session")
            }
            if client.isResumed, comeback.kind == .wrong || comeback.kind == .used && !life.hasVaguePast {
                return wrong(.secret, "is back with a token that is not valid")
            }
            let isTooLate = scenario.jumps || life.isLate || (scenario.durability == nil && scenario.keptPosts < 1_000)
            let isLost =
                life.hasVaguePast || isTooLate || !scenario.keepsPrivateMessages || comeback.mayBeVoid
            return client.isResumed || comeback.kind != .right || isLost
                ? nil : wrong(.answer, "was not let back into the session of user \(comeback.former.user ?? 0)")
        }
    }

    // MARK: - One client

    /// Whoever comes when there are enough is told so, and nothing else.
    private func isTurnedAway(_ client: SimulatedClient) -> Bool {
        let items = client.seen.filter { if case .pong = $0.item { false } else { $0.item != .ping } }
        let code = client.closeCode == 4102 ? "too_many_connections" : "server_full"
        guard items.count == 3, items[0].item == .answer(101), items[1].words?.code == code else { return false }
        guard client.closeCode == 4102 else { return scenario.isFull }
        // Whoever came before the answer, and was not seen to leave before this one came, may have been a user.
        let others = clients.count {
            $0 !== client && $0.home.network == client.home.network && !$0.isCut && $0.cameAt <= items[1].step
                && (scenario.resumes || leftAt($0) >= client.cameAt)
        }
        return client.home.network != nil && others >= scenario.homeLimits.connections
    }

    /// When the others were told that it left.
    private func leftAt(_ client: SimulatedClient) -> Int {
        client.user.flatMap { log.leaves[$0] }.map { log.entries[$0].step } ?? .max
    }

    private func endOf(_ client: SimulatedClient, _ account: Account) -> [Violation] {
        func wrong(_ what: String, _ kind: Violation.Kind = .end) -> Violation {
            Violation(kind, client: client.number, step: client.seen.last?.step, what: what)
        }
        if let breach = client.breach { return [wrong(breach.what, breach.kind)] }
        if client.isCut { return client.seen.isEmpty ? [] : [wrong("got something although it was cut")] }
        var found: [Violation] = []
        // Time may jump before it has said all.
        if scenario.jumps, client.seen.first?.item == .answer(408) {
            return client.seen.count == 1 ? [] : [wrong("got more than 408")]
        }
        if client.closeCode == 1013 { return isTurnedAway(client) ? [] : [wrong("was told that the server is full")] }
        if client.closeCode == 4102 { return isTurnedAway(client) ? [] : [wrong("was turned away", .address)] }
        if client.isStranger { return endOfStranger(client) { wrong($0) } }
        if client.isAmidstFrame, client.ending != .gone, !client.deserved.contains(4103),
            !client.deserved.contains(4104), scenario.durability == nil || !client.wasBehind
        {
            // What came while the disk was slow is answered all at once, which may be too much for a small socket.
            found.append(wrong("got half a frame", .bytes))
        }
        if client.hasClose {
            if !codes(for: client).contains(client.closeCode ?? -1) {
                found.append(wrong("was closed with \(client.closeCode ?? 0)"))
            }
        } else if client.ending != .gone, client.deserved.isEmpty, !mayMakeRoom(client) {
            found.append(wrong("was not closed"))
        }
        let pongs = client.seen.compactMap { seen in if case .pong(let text) = seen.item { text } else { nil } }
        if pongs != Array(client.pings.prefix(pongs.count))
            || (account.isComplete && pongs.count < client.pings.count && client.ending == .closed(1000))
        {
            found.append(wrong("pongs \(pongs.suffix(3)) for pings \(client.pings.suffix(3))", .answer))
        }
        return found
    }

    /// Whether it may have been the oldest that was no user yet, when there were too many.
    private func mayMakeRoom(_ client: SimulatedClient) -> Bool {
        client.seen.isEmpty && clients.count > scenario.homeLimits.handshakes
    }

    /// The codes that a client may be closed with.
    private func codes(for client: SimulatedClient) -> Set<Int> {
        var allowed = client.deserved
        if case .closed(let code) = client.ending { allowed.insert(code) }
        if client.ending == .finished { allowed.insert(1000) }
        if scenario.stops { allowed.insert(1001) }
        if client.wasBehind { allowed.insert(4103) }
        if client.seen.count(where: { $0.words?.code == "rate_limited" }) >= 100 { allowed.insert(4101) }
        // More came within a turn than ids were set aside for.
        if scenario.idBlocks != nil, client.user == nil { allowed.insert(1011) }
        // Whoever was shown what could not be saved gets nothing of that turn but its end.
        if scenario.durability?.fails == true { allowed.formUnion([1011, 4101]) }
        // What it has missed could not be read, or what was refused before counts on.
        if let comeback = client.comeback {
            allowed.formUnion([1011, 4101])
            if comeback.formers.contains(where: { $0.deserved.contains(1008) }) { allowed.insert(1008) }
        }
        if client.isSucceeded { allowed.insert(4005) }
        return allowed
    }

    private func endOfStranger(_ client: SimulatedClient, _ wrong: (String) -> Violation) -> [Violation] {
        var found: [Violation] = []
        if client.user != nil || client.seen.contains(where: { $0.item == .answer(101) }) {
            found.append(wrong("was let in"))
        }
        if client.ending != .gone, client.seen.map(\.item) != [.answer(426)] {
            found.append(wrong("was not told 426"))
        }
        return found
    }

    /// At no time there are more users of an address than may be.
    private func addresses() -> [Violation] {
        // One who is waited for has no connection.
        guard scenario.grace == .zero else { return [] }
        var homes: [Int: String] = [:]
        for client in clients { if let user = client.user { homes[user] = client.home.network } }
        var online: [String: Int] = [:]
        var found: [Violation] = []
        for entry in log.entries {
            guard let home = homes[entry.user] else { continue }
            if entry.words.type == "join" { online[home, default: 0] += 1 }
            if entry.words.type == "leave" { online[home, default: 0] -= 1 }
            if entry.words.type == "join", online[home, default: 0] > scenario.homeLimits.connections {
                found.append(Violation(.address, step: entry.step, what: "\(online[home] ?? 0) users of \(home)"))
            }
        }
        return found
    }
}
