import HandlerKit
@testable import RouterCore
import TestSupport
import Testing

@Suite("Those who are online")
struct UsersTests {
    @Test(
        "after any comings, goings and renames each is found by id, and all are in the order of their ids",
        arguments: 0..<10)
    func random(seed: UInt64) {
        var random = Seeded(seed)
        var users = Users()
        var model: [Int64: User] = [:]
        var free = Array(0..<30)
        for id in Int64(1)...600 {
            switch Int.random(in: 0..<5, using: &random) {
            case 0..<2 where !free.isEmpty:
                let user = User(id: id, name: "User\(id)", connectedAt: id * 2, slot: free.removeLast())
                users.insert(user)
                model[id] = user
            case 2..<4:
                guard let user = model.values.sorted(by: { $0.id < $1.id }).randomElement(using: &random) else { break }
                users.remove(user)
                model[user.id] = nil
                free.insert(user.slot, at: Int.random(in: 0...free.count, using: &random))
            default:
                guard let user = model.values.sorted(by: { $0.id < $1.id }).randomElement(using: &random) else { break }
                users.rename(slot: user.slot, to: "Name\(id)")
                model[user.id]?.name = "Name\(id)"
            }
            check(users, model, asOf: id)
        }
    }

    private func check(_ users: Users, _ model: [Int64: User], asOf last: Int64) {
        let inOrder = model.values.sorted { $0.id < $1.id }
        #expect(users.count == model.count)
        #expect(Array(users.first(.max)) == inOrder)
        #expect(Array(users.first(3)) == Array(inOrder.prefix(3)))
        #expect(Array(users.first(0)) == [])
        for id in [0, last - 7, last, last + 1] { #expect(users[id] == model[id]) }
        for slot in 0..<31 { #expect(users[slot: slot] == inOrder.first { $0.slot == slot }) }
    }

    @Test("what is kept for a session is not seen by the next one in its place, and may be forgotten")
    func perSession() {
        var counts = PerSession(5)
        let old = User(id: 1, name: "", connectedAt: 0, slot: 2)
        let new = User(id: 2, name: "", connectedAt: 0, slot: 2)
        let never = User(id: 3, name: "", connectedAt: 0, slot: 9)
        counts[old] += 1
        #expect([counts[old], counts[new], counts[never]] == [6, 5, 5])
        counts[new] += 10
        #expect([counts[old], counts[new]] == [5, 15])
        counts.remove(new)
        counts.remove(never)
        #expect([counts[old], counts[new]] == [5, 5])
    }

    @Test("what is kept for the system, when a handler is woken without a sender, is kept like anybody's")
    func system() {
        var counts = PerSession(5)
        let first = User(id: 1, name: "", connectedAt: 0, slot: 1)
        #expect(counts[.system] == 5)
        counts[.system] += 1
        counts[first] += 2
        #expect([counts[.system], counts[first]] == [6, 7])
        counts.remove(.system)
        #expect([counts[.system], counts[first]] == [5, 7])
    }

    @Test("a user who has gone is in no room, whoever has the place since")
    func gone() {
        var rooms = Rooms(["general", "random"])
        let (old, new) = (
            User(id: 1, name: "", connectedAt: 0, slot: 1), User(id: 2, name: "", connectedAt: 0, slot: 0)
        )
        rooms.add(old, to: 0)
        rooms.remove(old, from: 0)
        rooms.add(new, to: 1)
        #expect(rooms.joined(by: old) == [] && !rooms.contains(old, in: "random"))
        #expect(rooms.joined(by: new) == ["random"])
        #expect([rooms.members(of: "general"), rooms.members(of: "random")] == [0, 1])
        #expect(rooms.joined(by: .system) == [])
    }
}
