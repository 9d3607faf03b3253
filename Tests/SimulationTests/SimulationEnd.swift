import Seeds

/// How a seed ends: everybody is served, everybody leaves, and nothing is left.
extension Simulation {
    /// - Returns: what is wrong with the end.
    func finish() throws -> [Violation] {
        tell(nil, "the end begins")
        for client in clients { client.stalledUntil = -1 }
        disk?.trouble = nil
        try settle()
        var wrong = try probe()
        tell(nil, scenario.stops ? "the server stops" : "all leave")
        if scenario.stops { server.stop() } else { leaveAll() }
        try settle()
        try pass(6_000)  // those who do not answer a close
        try settle()
        for client in clients.dropFirst() where client.isConnected {
            wrong.append(Violation(.end, client: client.number, what: "is still connected when all have left"))
        }
        if !scenario.stops {
            observer.close(1000)
            try settle()
        }
        for client in clients { client.hangUp() }
        for _ in 0..<3 {
            try settle()
            try pass(60_000)
        }
        return wrong + leftovers()
    }

    /// Whoever comes last is served, and heard.
    private func probe() throws -> [Violation] {
        guard clients.count(where: \.isConnected) < 1_000 else { return [] }
        let client = try connect(.init(offer: random.chance(3) ? Offer(&random) : nil))
        try settle()
        client.send(Deed(kind: .say("m\(client.number)-last-", room: nil, isImage: false), step: step, ref: "last"))
        for other in clients.dropFirst() where other.isUser {
            other.send(Deed(kind: .askStats, step: step, ref: "end\(other.deeds.count)"))
        }
        try settle()
        guard !observer.hasClose else {
            return [Violation(.end, client: 0, step: step, what: "was closed with \(observer.closeCode ?? 0)")]
        }
        let isHeard = observer.seen.contains { $0.words?.contentText == "m\(client.number)-last-" }
        // What it is shown may be more than may wait for it, where sockets are small.
        let isTurnedAway = client.isCut || client.closeCode == 1013 || (client.closeCode == 4103 && client.wasBehind)
        return isHeard || isTurnedAway
            ? [] : [Violation(.missing, client: client.number, step: step, what: "is not heard at the end")]
    }

    private func leaveAll() {
        for client in clients.dropFirst() where client.isConnected {
            defer { noteEnd(of: client) }
            switch Int.random(in: 0..<(scenario.resets ? 3 : 1), using: &random) {
            case 0 where client.isUser:
                tell(client, "closes with 1000 at the end")
                client.close(1000)
            case 1 where client.isUser:
                tell(client, "sends nothing more at the end")
                client.finish()
            default:
                tell(client, "vanishes at the end")
                client.vanish(byWrite: false, asError: false)
            }
        }
    }
}
