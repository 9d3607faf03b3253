import HandlerKit

// Who may come back is waited for, and heard (P46).
extension Oracle {
    /// What was sent behind `resume` and before a close frame is answered before that is.
    func unheard() -> [Violation] {
        guard scenario.durability?.fails != true else { return [] }
        return clients.compactMap { client in
            guard let code = client.comeback?.closesWith, client.closeCode == code, client.ending == .closed(code),
                let ref = client.deeds.first?.ref, !client.answeredRefs.contains(ref)
            else { return nil }
            return Violation(.answer, client: client.number, what: "what it sent behind its request was not answered")
        }
    }

    /// Nobody is told of a leave before the time of grace is over.
    func hasty() -> [Violation] {
        guard scenario.grace > .zero, !scenario.stops, !life.isCrashed, scenario.durability?.fails != true else {
            return []
        }
        return log.leaves.sorted { $0.key < $1.key }.compactMap { user, place in
            guard let ended = lastEnd(of: user), let told = log.entries[place].words.timestamp else { return nil }
            // Told within that second.
            let latest = Int64(told + 1) * 1_000
            guard latest <= ended + Int64(scenario.grace.milliseconds) else { return nil }
            return Violation(
                .presence, step: log.entries[place].step,
                what: "user \(user) was said to have left \(latest - ended) ms after it ended, at the latest")
        }
    }

    /// When the last connection of a user's session has ended; nil unless it surely was by itself, and nobody has tried to
    /// come back in vain.
    private func lastEnd(of user: Int) -> Int64? {
        let session = clients.filter { $0.user == user || $0.comeback?.former.user == user }
        guard let last = session.last, session.allSatisfy({ $0.user == user }) else { return nil }
        let isOfItself =
            last.deserved.isEmpty && !last.wasBehind && !last.isSucceeded && last.deeds.count < 100
            && last.closeCode.map { last.ending == .closed($0) || last.ending == .finished } ?? true
        return isOfItself ? last.ended?.at : nil
    }
}
