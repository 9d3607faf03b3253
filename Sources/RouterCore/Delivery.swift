import NIOCore

/// Where delivered bytes go: the connections of one I/O loop.
public protocol DeliverySink: AnyObject {
    /// Whether a connection belongs here and has not ended.
    func isOpen(_ connection: Int) -> Bool
    /// Called at most once per connection and tick, before `close`.
    func write(_ bytes: ByteBuffer, to connection: Int)
    func close(_ connection: Int, _ closing: Closing)
}

/// The I/O loop's side of the rooms: who is a member of what, and how a tick becomes one write per member.
///
/// Members of the same rooms form a group. What a group gets of a tick is put together once, as one run of bytes, and
/// written to each member as a shared slice. What differs for a member (its own posts skipped, replies in between, a
/// change of rooms) is a short list of edits, applied while its bytes are cut out of the group's.
public struct Delivery {
    private var groups: [[Room]: [Int]] = [:]
    private var members: [Int: Member] = [:]
    /// The connections that have edits in this tick, in the order in which they got the first one, and what the groups
    /// get of it; all empty between ticks.
    private var edited: [Int: [Edit]] = [:]
    private var order: [Int] = []
    private var runs: [[Room]: Run] = [:]

    private struct Member {
        var rooms: [Room]
        /// Its place in its group's list.
        var place: Int
    }

    /// What happens to one connection at an event of the tick.
    private struct Edit {
        let event: Int
        let change: Change
        enum Change {
            case skip
            case insert(Range<Int>)
            case regroup([Room])
            case close(Closing)
        }
    }

    public init() {}

    /// Writes what the tick holds to the connections of this loop that it is for.
    public mutating func deliver(_ tick: borrowing Tick, to sink: some DeliverySink) {
        var posted: Set<Room> = []
        for (index, event) in tick.events.enumerated() {
            switch event {
            case .post(let room, let except, _):
                posted.insert(room)
                if except >= 0, sink.isOpen(except) { note(except, Edit(event: index, change: .skip)) }
            case .reply(let connection, let range) where sink.isOpen(connection):
                note(connection, Edit(event: index, change: .insert(range)))
            case .member(let connection, let rooms) where sink.isOpen(connection):
                note(connection, Edit(event: index, change: .regroup(rooms)))
            case .close(let connection, let closing) where sink.isOpen(connection):
                note(connection, Edit(event: index, change: .close(closing)))
            default: break
            }
        }
        writeToGroups(tick, posted, sink)
        for connection in order { write(tick, edited[connection] ?? [], to: connection, sink) }
        edited.removeAll(keepingCapacity: true)
        order.removeAll(keepingCapacity: true)
        runs.removeAll(keepingCapacity: true)
    }

    /// Forgets a connection that has ended.
    public mutating func remove(_ connection: Int) {
        guard let member = members.removeValue(forKey: connection) else { return }
        leaveGroup(member)
    }

    private mutating func note(_ connection: Int, _ edit: Edit) {
        if edited[connection] == nil { order.append(connection) }
        edited[connection, default: []].append(edit)
    }

    /// Members for whom nothing differs: the same slice for all of a group.
    private mutating func writeToGroups(_ tick: borrowing Tick, _ posted: Set<Room>, _ sink: some DeliverySink) {
        // In a fixed order: a dictionary's own differs from process to process.
        let touched = groups.keys.filter { !posted.isDisjoint(with: $0) }
        for rooms in touched.count > 1 ? touched.sorted(by: { $0.lexicographicallyPrecedes($1) }) : touched {
            let bytes = run(of: rooms, in: tick).bytes
            for connection in groups[rooms] ?? [] where edited[connection] == nil { sink.write(bytes, to: connection) }
        }
    }

    /// One member for whom something differs: pieces of its group's run with the edits in between.
    private mutating func write(
        _ tick: borrowing Tick, _ edits: [Edit], to connection: Int, _ sink: some DeliverySink
    ) {
        var cut = Cut(run: run(of: members[connection]?.rooms ?? [], in: tick))
        var closing: Closing?
        for edit in edits {
            switch edit.change {
            case .skip: cut.skip(edit.event)
            case .insert(let range):
                cut.insert(tick.direct.getSlice(at: range.lowerBound, length: range.count), at: edit.event)
            case .regroup(let rooms):
                cut.move(to: run(of: rooms, in: tick), at: edit.event)
                setRooms(rooms, of: connection)
            case .close(let reason):
                cut.move(to: Run(), at: edit.event)
                remove(connection)
                closing = reason
            }
            if closing != nil { break }
        }
        if let bytes = cut.finish() { sink.write(bytes, to: connection) }
        if let closing { sink.close(connection, closing) }
    }

    private mutating func run(of rooms: [Room], in tick: borrowing Tick) -> Run {
        if let run = runs[rooms] { return run }
        let run = Run(tick, for: rooms)
        runs[rooms] = run
        return run
    }

    private mutating func setRooms(_ rooms: [Room], of connection: Int) {
        if let member = members[connection] { leaveGroup(member) }
        members[connection] = Member(rooms: rooms, place: groups[rooms]?.count ?? 0)
        groups[rooms, default: []].append(connection)
    }

    private mutating func leaveGroup(_ member: Member) {
        guard var group = groups.removeValue(forKey: member.rooms) else { return }
        let last = group.removeLast()
        if member.place < group.count {
            group[member.place] = last
            members[last]?.place = member.place
        }
        if !group.isEmpty { groups[member.rooms] = group }
    }
}
