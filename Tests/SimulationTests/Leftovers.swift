import HandlerKit
import HandlerTesting
import NIOCore
@testable import RouterCore
@testable import RouterServer

/// What is left of a server that everybody has left: nothing.
extension Simulation {
    func leftovers() -> [Violation] {
        var left: [String: Int] = [:]
        server.router.withRouter { router in
            left["users"] = router.usersOnline
            left["sessions"] = router.sessions.count { $0 != nil }
            left["room members"] = router.rooms.counts.reduce(0, +)
            left["visitors"] = router.visitors.count
            left["readings"] = router.readings.count
            left["running work"] = router.runningWork
            left["work to be run"] = router.pendingWork.count + router.workBehindCommit.count
            left["abandoned work"] = router.abandoned.count
            left["closings"] = router.closings.count
            left["bytes in the turn"] = router.tickBytes
            left["addresses of users"] = router.connectionsOfAddresses.count
        }
        let strangers = server.loops[0].gate.nonUsers
        left["connections that are no users"] = strangers.connections
        left["addresses of those that are no users"] = strangers.addresses
        left["work that waits"] = server.work.count
        for (index, loop) in server.loops.enumerated() {
            left["connections of loop \(index)"] = loop.connections.count
            left["arrivals of loop \(index)"] = loop.arrivals.isEmpty ? 0 : 1
            for (name, path) in Self.stored { left["\(name) of loop \(index)"] = Self.count(loop, path) }
            left["members by form of loop \(index)"] = Self.members(loop)
            left["messages inflated as they come of loop \(index)"] =
                Self.stored(loop, ["inflater", "followed"]) as? Int ?? .min
        }
        return left.sorted { $0.key < $1.key }.filter { $0.value != 0 }.map { name, count in
            Violation(
                .leftover, what: count == .min ? "nobody knows how many \(name) there are" : "\(count) \(name) left")
        } + misuses()
    }

    private static let stored: [(String, [String])] = [
        ("groups", ["delivery", "groups", "numbers"]), ("slow readers", ["connections", "slowReaders"]),
        ("waiting connections", ["waiting"]), ("connections to go on", ["goingOn"]),
        ("connections to be greeted", ["greeting"]), ("ended connections", ["ended"]),
        ("deadlines", ["deadlines", "heap"]), ("edits", ["delivery", "edited"]),
        ("partial writes", ["delivery", "partly"]), ("numbers to be freed", ["delivery", "gone"]),
        ("groups to be looked at", ["delivery", "left"]),
    ]

    /// How many values stand in a stored property that is private; `Int.min` when there is none of that name.
    private static func count(_ owner: Any, _ path: [String]) -> Int {
        stored(owner, path).map { Mirror(reflecting: $0).children.count } ?? .min
    }

    private static func stored(_ owner: Any, _ path: [String]) -> Any? {
        path.reduce(Optional(owner)) { owner, name in
            owner.flatMap { Mirror(reflecting: $0).children.first { $0.label == name }?.value }
        }
    }

    /// How many members of any form the delivery counts.
    private static func members(_ loop: IOLoop) -> Int {
        guard let renditions = stored(loop, ["delivery", "renditions"]) as? [Rendition] else { return .min }
        return renditions.reduce(0) { $0 + $1.count }
    }

    /// What the server did to sockets, or logged, that it should not have.
    func misuses() -> [Violation] {
        var known: [String] = []
        if scenario.handlersFail { known += ["trouble failed", "trouble has not answered"] }
        if scenario.handlersFail || disk != nil { known += ["history failed", "history has not answered"] }
        if scenario.resumes { known.append("has missed can't be read") }
        if scenario.durability?.fails == true { known.append("posts can't be saved") }
        let logged = server.log.lines.filter { line in !known.contains { line.contains($0) } }
        return logged.map { Violation(.misuse, what: "logged: \($0)") }
            + clients.compactMap { client in
                client.socket.misuse.map { Violation(.misuse, client: client.number, what: $0) }
            }
    }
}
