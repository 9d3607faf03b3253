import HandlerKit
import HandlerTesting
import Handlers
import RouterCore
import TestSupport
import Testing

@Suite("P36, P37: rooms")
struct RoomsTests {
    private static let names = ["general", "random", "gaming"]

    private func setting(_ name: String) throws -> any AnySetting {
        try #require(settings(of: Rooms()).first { $0.name == name }?.setting)
    }

    private func list(_ names: [String]) -> SettingInput { .list(names.map { .scalar($0, quoted: true) }) }

    @Test(
        "a list of rooms has names, none twice, none empty and none of more than 64 bytes",
        arguments: [
            ([], false), (["a"], true), (["a", "A", "ä"], true), (["a", "b", "a"], false), ([""], false),
            ([String(repeating: "ä", count: 32)], true), ([String(repeating: "ä", count: 32) + "x"], false),
            ((1...1_000).map(String.init), true), ((1...1_001).map(String.init), false),
        ])
    func allowed(names: [String], areAllowed: Bool) throws {
        let fault = try setting("rooms").assign(list(names))
        let rule = "a list of 1 to 1000 names, none twice, each of 1 to 64 bytes"
        #expect(fault == (areAllowed ? nil : .outOfRange(rule)))
    }

    /// What a router has to do, done plainly: the rooms of each user in the order of joining.
    private struct Model {
        var joined: [[String]]

        func members(_ room: String) -> Int { joined.count { $0.contains(room) } }

        mutating func join(_ user: Int, _ room: String, staying: Bool) {
            joined[user] = (staying ? joined[user].filter { $0 != room } : []) + [room]
        }

        mutating func leave(_ user: Int, _ room: String) {
            joined[user].removeAll { $0 == room }
            if joined[user].isEmpty { joined[user] = [names[0]] }
        }
    }

    @Test("whoever goes where, posts go to who is there, and everybody is told the true numbers", arguments: 1...5)
    func random(seed: UInt64) throws {
        let router = TestRouter([Rooms.self, Broadcast.self])
        var random = Seeded(seed)
        let users = (0..<5).map { _ in router.join() }
        var model = Model(joined: users.map { _ in [Self.names[0]] })
        for _ in 0..<300 {
            let user = users.randomElement(using: &random) ?? 0
            let room = Self.names.randomElement(using: &random) ?? ""
            router.clock.advance(by: .seconds(1))
            router.sink.forget()
            let before = model
            switch Int.random(in: 0..<3, using: &random) {
            case 0:
                let staying = Bool.random(using: &random)
                router.post(#"{"type":"join_room","room":"\#(room)","stay":\#(staying)}"#, from: user)
                model.join(user, room, staying: staying)
            case 1:
                router.post(#"{"type":"leave_room","room":"\#(room)"}"#, from: user)
                if before.joined[user].contains(room) { model.leave(user, room) }
            default:
                router.post(#"{"type":"message","content":"x"}"#, from: user)
                router.endTurn()
                try check(posted: router, by: user, model)
                continue
            }
            router.endTurn()
            try check(moved: router, user, before, model)
        }
    }

    private func check(posted router: TestRouter, by user: Int, _ model: Model) throws {
        for other in model.joined.indices {
            let rooms = try router.said(to: other).map { $0["room"] as? String }
            let room = model.joined[user].last
            #expect(rooms == (other != user && model.joined[other].contains(room ?? "") ? [room] : []))
        }
    }

    private func check(moved router: TestRouter, _ user: Int, _ before: Model, _ after: Model) throws {
        let left = Set(before.joined[user]).subtracting(after.joined[user])
        let entered = Set(after.joined[user]).subtracting(before.joined[user])
        for other in after.joined.indices {
            let said = try router.said(to: other)
            for frame in said where frame.type.hasPrefix("room_") {
                let room = try #require(frame.content["room"] as? String)
                #expect(frame.content["members"] as? Int == after.members(room))
            }
            func rooms(_ type: String) -> Set<String> {
                Set(said.filter { $0.type == type }.compactMap { $0.content["room"] as? String })
            }
            if other == user {
                #expect(rooms("room_left") == left && rooms("room_joined").isSuperset(of: entered))
            } else {
                #expect(rooms("room_leave") == left.intersection(after.joined[other]))
                #expect(rooms("room_join") == entered.intersection(after.joined[other]))
            }
        }
    }

    @Test("get_rooms tells what is so, each user its own")
    func listed() throws {
        let router = TestRouter([Rooms.self])
        let (first, second) = (router.join(), router.join())
        _ = try router.ask(#"{"type":"join_room","room":"gaming","stay":true}"#, from: first)
        #expect(
            try router.ask(#"{"type":"get_rooms"}"#, from: second).map(\.text) == [
                #"{"type":"rooms","content":[{"name":"general","members":2,"joined":true},"#
                    + #"{"name":"random","members":0,"joined":false},{"name":"gaming","members":1,"joined":false}],"#
                    + #""timestamp":1767323045}"#
            ])
    }
}
