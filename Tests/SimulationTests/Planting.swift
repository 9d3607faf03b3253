import HandlerKit
import NIOCore
@testable import RouterCore
@testable import RouterServer
import Seeds

/// Plants a fault once, at an occasion of the seed's: into what the router has decided and not delivered yet, between the
/// delivery and the connections, or between the server and a socket.
final class Planting {
    let plant: Plant
    var random: Seeded
    /// How many occasions go by.
    private var occasions: Int
    private(set) var isDone = false
    /// What each connection has agreed on, in bits; 0 for nothing.
    private(set) var windowBits: [Int: Int] = [:]
    private(set) var sockets: [Int: SimulatedSocket] = [:]
    private var earlier: (user: Int64, message: Int64)?
    /// The connections that are back in a session.
    var returned: Set<Int> = []
    /// Whether the journal has said that something is saved that is not.
    var hasLied = false
    /// Whether the first ids of a life were set aside.
    var hasKeptIds = false
    var keptKeys: [(session: Session, key: String, answer: RememberedKeys.Answer)] = []

    init(_ plant: Plant, seed: UInt64) {
        self.plant = plant
        random = Seeded(seed ^ 0xFA17)
        occasions = Int.random(in: 0..<(plant == .groupTorn ? 1 : plant.isOfDisk ? 3 : 12), using: &random)
    }

    /// A connection has come.
    func note(_ connection: Int, _ socket: SimulatedSocket, windowBits bits: Int) {
        (windowBits[connection], sockets[connection]) = (bits, socket)
    }

    /// The server is another one.
    func restarted() {
        (windowBits, sockets, earlier, keptKeys, returned) = ([:], [:], nil, [], [])
        hasKeptIds = false
    }

    /// - Returns: whether it is to be done now.
    func takeOccasion() -> Bool {
        guard !isDone else { return false }
        occasions -= 1
        isDone = occasions < 0
        return isDone
    }

    /// What a socket says it has taken, when it has taken so many of some bytes.
    func said(_ taken: Int, of count: Int) -> Int {
        switch plant {
        case .bytesSentTwice where taken > 0 && takeOccasion(): taken - 1
        case .bytesNotSent where taken < count && takeOccasion(): taken + 1
        default: taken
        }
    }

    /// Where a connection seems to come from.
    func address(of home: Home) -> String {
        plant == .addressUncounted && home.network != nil ? Home.loopback.address : home.address
    }

    func apply(to server: SimulatedServer, on disk: SimulatedDisk?) {
        guard !isDone else { return }
        let connections = server.loops.flatMap { loop in
            var numbers: [Int] = []
            loop.connections.forEach { numbers.append($0.number) }
            return numbers
        }
        server.router.withRouter { router in
            if plant == .idReused { return reuseID(&router) }
            if let disk { changeCommitment(&router, isFailing: disk.isFailing) }
            changeReplay(&router)
            guard router.isInTick, !connections.isEmpty else { return }
            if let disk, !disk.isBusy {
                let settled = connections.filter { isSettled($0, router.tick) }
                changePledged(&router, settled, isFailing: disk.trouble != nil)
            }
            change(&router, random.pick(connections), connections)
        }
    }

    // MARK: - In the router

    private func reuseID(_ router: inout Router) {
        let mirror = Mirror(reflecting: router.nextIds)
        guard let user = mirror.descendant("lastUser") as? Int64,
            let message = mirror.descendant("lastMessage") as? Int64
        else { return }
        if let earlier, earlier.message < message, takeOccasion() {
            router.nextIds = IdSource(lastUser: user, lastMessage: message - 1)
        }
        earlier = (user, message)
    }

    // MARK: - In a tick

    private func change(_ router: inout Router, _ one: Int, _ all: [Int]) {
        switch plant {
        case .ackDoubled, .ackLost, .privateBytesElsewhere: changeReply(&router.tick, one)
        case .postDropped, .postStrayed, .orderSwapped, .postDroppedForAll: changePost(&router, all)
        case .leaveForgotten, .leaveDoubled:
            guard let place = place(of: "leave", in: router.tick), takeOccasion() else { return }
            if plant == .leaveDoubled { return insert(copyOf: place, at: place + 1, for: one, &router.tick) }
            for connection in all { add(.skip(posts: 1), at: place, for: connection, &router.tick) }
        default: break
        }
    }

    private func changePost(_ router: inout Router, _ all: [Int]) {
        guard let place = place(of: "message", in: router.tick) else { return }
        let room = router.tick.posts[place].room
        let settled = all.filter { connection in isSettled(connection, router.tick) }
        if plant == .postStrayed {
            let others = settled.filter { rooms(of: $0, router)?.contains(room) == false }
            guard let one = others.randomElement(using: &random), takeOccasion() else { return }
            return insert(copyOf: place, at: place, for: one, &router.tick)
        }
        let members = settled.filter { connection in
            rooms(of: connection, router)?.contains(room) == true && !isSkipped(place, by: connection, router.tick)
        }
        guard let one = members.randomElement(using: &random) else { return }
        changePost(place, &router.tick, one, members)
    }

    private func changePost(_ place: Int, _ tick: inout Tick, _ one: Int, _ members: [Int]) {
        switch plant {
        case .postDropped: if takeOccasion() { add(.skip(posts: 1), at: place, for: one, &tick) }
        case .postDroppedForAll:
            if takeOccasion() { for member in members { add(.skip(posts: 1), at: place, for: member, &tick) } }
        default:
            guard place + 1 < tick.posts.count, tick.posts[place + 1].room == tick.posts[place].room,
                !isSkipped(place + 1, by: one, tick), takeOccasion()
            else { return }
            add(.skip(posts: 1), at: place, for: one, &tick)
            insert(copyOf: place, at: place + 2, for: one, &tick)
        }
    }

    /// Whether a connection neither moves nor ends in this tick.
    func isSettled(_ connection: Int, _ tick: Tick) -> Bool {
        !tick.parts[connection % tick.parts.count].edits.contains { edit in
            switch edit.change {
            case .move, .close, .gone: edit.connection == connection
            default: false
            }
        }
    }

    /// The rooms of a connection's user; nil when it has none.
    func rooms(of connection: Int, _ router: borrowing Router) -> [Room]? {
        guard let session = router.sessions.first(where: { $0?.connection == connection }) ?? nil,
            let user = router.context.users[session.id]
        else { return nil }
        return router.context.rooms.memberships(of: user)
    }

    private func changeReply(_ tick: inout Tick, _ one: Int) {
        let type = plant == .privateBytesElsewhere ? "private_message" : "ack"
        for part in tick.parts.indices {
            for (index, edit) in tick.parts[part].edits.enumerated() {
                guard case .insert(let range) = edit.change, tick.parts[part].direct.isFrame(of: type, range),
                    edit.connection != one, one % tick.parts.count == part || plant != .privateBytesElsewhere,
                    takeOccasion()
                else { continue }
                switch plant {
                case .ackLost: tick.parts[part].edits.remove(at: index)
                case .ackDoubled: tick.parts[part].edits.insert(edit, at: index)
                default:
                    let copy = Tick.Edit(connection: one, place: edit.place, change: edit.change)
                    tick.parts[part].edits.insert(copy, at: index)
                }
                return
            }
        }
    }

    private func place(of type: String, in tick: Tick) -> Int? {
        tick.posts.firstIndex { tick.shared.isFrame(of: type, $0.range) }
    }

    func isSkipped(_ place: Int, by connection: Int, _ tick: Tick) -> Bool {
        tick.parts[connection % tick.parts.count].edits.contains {
            guard $0.connection == connection, case .skip(let count) = $0.change else { return false }
            return ($0.place..<$0.place + count).contains(place)
        }
    }

    /// Edits stand in the order of their places.
    func add(_ change: Tick.Change, at place: Int, for connection: Int, _ tick: inout Tick) {
        let part = connection % tick.parts.count
        let index = tick.parts[part].edits.firstIndex { $0.place > place } ?? tick.parts[part].edits.count
        tick.parts[part].edits.insert(Tick.Edit(connection: connection, place: place, change: change), at: index)
    }

    func insert(copyOf post: Int, at place: Int, for connection: Int, _ tick: inout Tick) {
        let part = connection % tick.parts.count
        let start = tick.parts[part].direct.writerIndex
        tick.parts[part].direct.writeBytes(tick.shared.readableBytesView[tick.posts[post].range])
        add(.insert(start..<tick.parts[part].direct.writerIndex), at: place, for: connection, &tick)
    }
}

extension ByteBuffer {
    /// Whether a frame of a type stands there, as this server writes them.
    func isFrame(of type: String, _ range: Range<Int>) -> Bool {
        getString(at: range.lowerBound, length: Swift.min(range.count, 60))?.contains("\"type\":\"\(type)\"") ?? false
    }
}
