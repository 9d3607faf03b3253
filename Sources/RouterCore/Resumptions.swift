import DequeModule

/// The sessions that can be resumed: those whose clients are connected, and those whose clients are away.
struct Resumptions {
    private let most: Int
    private var byToken: [ResumeToken: Resumption] = [:]
    /// Those away, in the order in which they went; one that came back stands there until its turn comes.
    private var away: Deque<Absence> = []
    /// How many are away.
    private(set) var countAway = 0
    /// What the journal has not been told of yet.
    private var changed: [Resumption] = []
    private let isKept: Bool

    private struct Absence {
        let resumption: Resumption
        let since: Int64
        /// Whether it is over.
        var isOver: Bool { resumption.isVoid || resumption.awaySince != since }
    }

    /// - Parameters:
    ///   - most: as many can be away; then who has been for longest can't come back.
    ///   - isKept: whether a journal is to be told of changes.
    init(most: Int, isKept: Bool) { (self.most, self.isKept) = (most, isKept) }

    subscript(token: ResumeToken) -> Resumption? { byToken[token] }

    /// Whether a further one can be away without another being forgotten.
    var hasRoom: Bool { countAway < most }

    mutating func add(_ resumption: Resumption) {
        byToken[resumption.token] = resumption
        noteChange(of: resumption)
    }

    /// One of an earlier run; the one that has been away for longest first.
    mutating func recall(_ resumption: Resumption, awaySince since: Int64) {
        byToken[resumption.token] = resumption
        if let previous = resumption.previous { byToken[previous] = resumption }
        resumption.awaySince = since
        away.append(Absence(resumption: resumption, since: since))
        countAway += 1
        if countAway > most { _ = takeOldest { _ in true } }
    }

    /// It can be resumed with a new token, and still with the one that its client has shown.
    mutating func renew(_ resumption: Resumption, _ token: ResumeToken, shown: ResumeToken) {
        for old in [resumption.token, resumption.previous] where old != shown { old.map { byToken[$0] = nil } }
        (resumption.token, resumption.previous) = (token, shown)
        byToken[token] = resumption
        noteChange(of: resumption)
    }

    /// The client has got the token: the one before is not valid any more.
    mutating func confirm(_ resumption: Resumption) {
        guard let previous = resumption.previous else { return }
        byToken[previous] = nil
        resumption.previous = nil
        noteChange(of: resumption)
    }

    /// It can't be resumed any more.
    mutating func void(_ resumption: Resumption) {
        guard !resumption.isVoid else { return }
        if resumption.awaySince != nil { countAway -= 1 }
        resumption.isVoid = true
        byToken[resumption.token] = nil
        if let previous = resumption.previous { byToken[previous] = nil }
        noteChange(of: resumption)
    }

    // MARK: - Away

    /// Its client has gone.
    ///
    /// - Returns: the one that was forgotten for it, if there had to be one.
    mutating func leave(_ resumption: Resumption, at now: Int64) -> Resumption? {
        if resumption.awaySince == nil { countAway += 1 }
        resumption.awaySince = now
        away.append(Absence(resumption: resumption, since: now))
        noteChange(of: resumption)
        if away.count > 2 * most + 1_000 { away.removeAll { $0.isOver } }
        guard countAway > most else { return nil }
        let oldest = takeOldest { _ in true }
        return oldest
    }

    /// Its client is back.
    mutating func comeBack(_ resumption: Resumption) {
        guard resumption.awaySince != nil else { return }
        (resumption.awaySince, resumption.leftAt) = (nil, nil)
        countAway -= 1
        noteChange(of: resumption)
    }

    /// Since when the one has been away that has been for longest; nil when there is none.
    var oldest: Int64? { away.first { !$0.isOver }?.since }

    /// Forgets the one that has been away for longest, if it went at that time or before.
    mutating func forgetOldest(since latest: Int64) -> Resumption? { takeOldest { $0 <= latest } }

    private mutating func takeOldest(_ isToGo: (Int64) -> Bool) -> Resumption? {
        while let first = away.first {
            guard !first.isOver else {
                away.removeFirst()
                continue
            }
            guard isToGo(first.since) else { return nil }
            away.removeFirst()
            void(first.resumption)
            return first.resumption
        }
        return nil
    }

    // MARK: - For the journal

    mutating func noteChange(of resumption: Resumption) {
        guard isKept, !resumption.hasChanged else { return }
        resumption.hasChanged = true
        changed.append(resumption)
    }

    /// Whether there is something for `takeChanged`.
    var hasChanges: Bool { !changed.isEmpty }

    /// What has changed since this was last asked.
    ///
    /// - Parameter most: what is more is left for the next time.
    mutating func takeChanged(most: Int) -> [Resumption] {
        guard !changed.isEmpty else { return [] }
        changed.removeAll { $0.isVoid && !$0.isKept }  // it has come and gone
        let taken = Array(changed.prefix(most))
        changed = Array(changed.dropFirst(most))
        for resumption in taken { resumption.hasChanged = false }
        return taken
    }
}
