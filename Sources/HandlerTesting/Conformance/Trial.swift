import RouterCore

/// Users of a router in memory, and what everybody gets because of what one of them does.
final class Trial {
    let router: HandlerHarness
    /// The connections of those who are online.
    private(set) var users: [Int] = []
    /// Of those who are or were online.
    private(set) var idsByUser: [Int: Int64] = [:]

    /// What each user got of one thing that happened.
    typealias Got = [(user: Int, frames: [ServerFrame])]

    init(_ router: HandlerHarness) { self.router = router }

    /// - Returns: the newcomer, last of the users.
    @discardableResult
    func join() -> (user: Int, got: Got) {
        let user = router.open()
        users.append(user)
        idsByUser[user] = router.user(user)?.id
        return (user, take())
    }

    @discardableResult
    func leave(_ user: Int) -> Got {
        users.removeAll { $0 == user }
        router.lose(user)
        return take()
    }

    @discardableResult
    func send(_ text: String, from user: Int) -> Got {
        router.post(text, from: user)
        return take()
    }

    @discardableResult
    func pass(_ duration: Duration) -> Got {
        router.clock.advance(by: duration)
        return take()
    }

    /// Who is in which rooms.
    var rooms: [Int: [String]] {
        users.reduce(into: [:]) { rooms, user in
            rooms[user] = router.user(user).map { router.router.rooms.joined(by: $0) }
        }
    }

    var ids: [Int64] { users.compactMap { router.user($0)?.id } }

    /// Whom the router has closed is no longer among the users.
    func take() -> Got {
        router.settle()
        let got: Got = users.map { ($0, router.takeFrames(of: $0)) }
        for user in users where router.user(user) == nil {
            users.removeAll { $0 == user }
            router.lose(user)
        }
        return got
    }
}

extension HandlerHarness {
    /// The names of all rooms.
    var rooms: [String] { router.rooms.names }

    /// What was logged of faults.
    var faults: [String] { logged.filter { $0.hasPrefix("error: ") }.map { String($0.dropFirst("error: ".count)) } }
}
