import NIOCore
@testable import RouterCore
import TestSupport
import Testing

@Suite("Members of the same rooms are a group")
struct RoomGroupsTests {
    private let lounge = Room(1)
    private let garden = Room(2)

    private func tick(_ posts: [(String, Room)]) -> Tick {
        var tick = Tick()
        for (text, room) in posts { tick.post(text, to: room) }
        return tick
    }

    /// What each group that gets something gets.
    private func runs(_ groups: inout RoomGroups, _ tick: Tick) -> [Int: String] {
        groups.begin(tick)
        defer { groups.end() }
        return Dictionary(
            uniqueKeysWithValues: groups.touched.map { ($0, String(buffer: groups[$0].run.bytes(of: tick.shared))) })
    }

    @Test("whoever is in the same rooms is in the same group, and gets the same run")
    func same() {
        var groups = RoomGroups()
        let places = [1, 2, 3].map { groups.join($0, [.everyone, lounge], in: Tick()) }
        let other = groups.join(4, [.everyone, garden], in: Tick())
        #expect(Set(places.map(\.group)).count == 1)
        #expect(places.map(\.place) == [0, 1, 2])
        #expect(other.group != places[0].group)
        let runs = runs(&groups, tick([("a", .everyone), ("b", lounge), ("c", garden), ("d", .everyone)]))
        #expect(runs == [places[0].group: "abd", other.group: "acd"])
    }

    @Test("a group gets nothing of rooms that its members are not in, and is not looked at then")
    func untouched() {
        var groups = RoomGroups()
        _ = groups.join(1, [lounge], in: Tick())
        #expect(runs(&groups, tick([("a", garden), ("b", Room(99))])).isEmpty)
        #expect(runs(&groups, tick([("a", lounge)])).values.sorted() == ["a"])
        #expect(runs(&groups, Tick()).isEmpty)
    }

    @Test("when one leaves, the last takes its place")
    func leave() {
        var groups = RoomGroups()
        let places = [7, 8, 9].map { groups.join($0, [lounge], in: Tick()) }
        #expect(groups.leave(places[0].group, 0) == 9)
        #expect(groups[places[0].group].members == [9, 8])
        #expect(groups.leave(places[0].group, 1) == nil)
        #expect(groups.leave(places[0].group, 0) == nil)
        #expect(groups[places[0].group].members.isEmpty)
    }

    @Test("a group that nobody is in any more is forgotten, and its number is another's")
    func forgotten() {
        var groups = RoomGroups()
        let (old, place) = groups.join(1, [lounge, garden], in: Tick())
        groups.removeIfEmpty(old)
        #expect(groups[old].members == [1])
        _ = groups.leave(old, place)
        groups.removeIfEmpty(old)
        groups.removeIfEmpty(old)
        #expect(runs(&groups, tick([("a", lounge), ("b", garden)])).isEmpty)
        #expect(groups.join(2, [garden], in: Tick()) == (old, 0))
        #expect(runs(&groups, tick([("a", lounge), ("b", garden)])) == [old: "b"])
        #expect(groups.join(3, [lounge], in: Tick()).group != old)
    }

    @Test("whoever is in no room is in a group that gets nothing, and that is forgotten like any other")
    func noRooms() {
        var groups = RoomGroups()
        let nowhere = groups.join(1, [], in: Tick())
        let lounge = groups.join(2, [lounge], in: Tick())
        #expect(groups.join(3, [], in: Tick()) == (nowhere.group, 1))
        #expect(runs(&groups, tick([("a", .everyone), ("b", self.lounge)])) == [lounge.group: "b"])
        _ = groups.leave(nowhere.group, 1)
        _ = groups.leave(nowhere.group, 0)
        groups.removeIfEmpty(nowhere.group)
        groups.removeIfEmpty(nowhere.group)
        #expect(groups.join(4, [garden], in: Tick()) == (nowhere.group, 0))
        #expect(groups.join(5, [], in: Tick()).group != nowhere.group)
    }

    @Test("a group that is made within a tick has the tick's whole run")
    func within() {
        var groups = RoomGroups()
        let tick = tick([("a", lounge), ("b", garden), ("c", lounge)])
        groups.begin(tick)
        let group = groups.join(1, [lounge], in: tick).group
        #expect(String(buffer: groups[group].run.bytes(of: tick.shared)) == "ac")
        #expect(groups.touched == [group])
        groups.end()
        #expect(groups[group].run.ranges.isEmpty && groups.touched.isEmpty)
    }

    @Test("however many come, move and go, the groups are those of whoever is there", arguments: 0..<20)
    func likeTheModel(seed: UInt64) {
        var random = Seeded(seed)
        var model = GroupedMembers()
        for _ in 0..<300 {
            let connection = Int.random(in: 0..<12, using: &random)
            let rooms = random.happens(1, in: 4) ? nil : (0..<3).map { Room($0) }.filter { _ in random.chance(2) }
            model.move(connection, to: rooms)
            let tick = tick((0..<4).map { ("\($0)", Room(Int.random(in: 0..<4, using: &random))) })
            let runs = runs(&model.groups, tick)
            for (connection, rooms) in model.rooms {
                let expected = tick.posts.filter { rooms.contains($0.room) }.map { tick.shared.bytes($0.range) }
                let group = model.places[connection]?.group
                #expect(group.flatMap { runs[$0] } ?? "" == String(decoding: expected.joined(), as: UTF8.self))
            }
            #expect(model.isTidy)
        }
    }
}

/// Keeps the places of its members as `Delivery` does.
private struct GroupedMembers {
    var groups = RoomGroups()
    var rooms: [Int: [Room]] = [:]
    var places: [Int: (group: Int, place: Int)] = [:]

    /// - Parameter rooms: nil for nobody who is there any more.
    mutating func move(_ connection: Int, to rooms: [Room]?) {
        if let old = places.removeValue(forKey: connection) {
            if let moved = groups.leave(old.group, old.place) { places[moved]?.place = old.place }
            self.rooms[connection] = nil
            if let rooms { join(connection, rooms) }
            groups.removeIfEmpty(old.group)
        } else if let rooms {
            join(connection, rooms)
        }
    }

    private mutating func join(_ connection: Int, _ rooms: [Room]) {
        places[connection] = groups.join(connection, rooms, in: Tick())
        self.rooms[connection] = rooms
    }

    /// Whether everyone stands where it should, with nobody but those of the same rooms.
    var isTidy: Bool {
        places.allSatisfy { connection, place in
            let members = groups[place.group].members
            return members[place.place] == connection && members.allSatisfy { rooms[$0] == rooms[connection] }
        }
    }
}

/// With posts as they are.
extension RoomGroups {
    fileprivate mutating func begin(_ tick: Tick) { begin(tick, [Rendition(windowBits: 0)]) }

    fileprivate mutating func join(
        _ connection: Int, _ rooms: [Room], in tick: Tick
    ) -> (group: Int, place: Int) {
        join(connection, Kind(rooms: rooms), in: tick, [Rendition(windowBits: 0)])
    }
}
