import HandlerKit
import Handlers
@testable import RouterCore
import TestSupport
import Testing

@Suite("P7: the list of users, encoded once")
struct UserListingTests {
    /// Users who come, leave and are renamed, by their slots.
    private struct Crowd {
        var users = Users()
        private var nextID: Int64 = 1
        private var free: [Int] = []

        @discardableResult
        mutating func come() -> User {
            let slot = free.popLast() ?? users.count
            let user = User(id: nextID, name: "User\(nextID)", connectedAt: nextID + 5, slot: slot)
            nextID += 1
            users.insert(user)
            return user
        }

        mutating func leave(_ user: User) {
            users.remove(user)
            free.append(user.slot)
        }
    }

    /// What the list must be, put together the plain way.
    private func plain(_ users: Users, _ limit: Int) -> String {
        let all = users.first(limit).map {
            #"{"id":\#($0.id),"name":"\#($0.name)","connected_at":\#($0.connectedAt)}"#
        }
        return "[\(all.joined(separator: ","))]"
    }

    private func text(_ raw: JSONRaw) -> String { raw.withBytes { String(decoding: $0, as: UTF8.self) } }

    private func address(_ raw: JSONRaw) -> UnsafeRawPointer? { raw.withBytes { $0.baseAddress } }

    @Test(
        "whoever comes, leaves, or takes another name, listed or not, it is what encoding it anew gives",
        arguments: 0..<40)
    func random(seed: UInt64) {
        var random = Seeded(seed)
        var (crowd, listing) = (Crowd(), UserListing())
        for step in 0..<400 {
            let somebody = Array(crowd.users.first(.max)).randomElement(using: &random)
            switch Int.random(in: 0..<8, using: &random) {
            case 0..<4: crowd.come()
            case 4, 5:
                guard let somebody else { break }
                crowd.leave(somebody)
                // A handler hears of every leave; it may not be the first thing it hears.
                if random.happens(9, in: 10) { listing.left(somebody, of: crowd.users) }
            case 6: if let somebody { crowd.users.rename(slot: somebody.slot, to: "Name\(step)") }
            default: break
            }
            guard random.happens(1, in: 2) else { continue }
            let limit = [1, 7, 20, 100].randomElement(using: &random) ?? 1
            #expect(text(listing.array(of: crowd.users, limit: limit)) == plain(crowd.users, limit))
        }
    }

    @Test("who has come back with an earlier id is listed in its place")
    func cameBack() {
        var (crowd, listing) = (Crowd(), UserListing())
        let first = crowd.come()
        crowd.come()
        crowd.leave(first)
        #expect(text(listing.array(of: crowd.users, limit: 10)) == plain(crowd.users, 10))
        crowd.users.insert(first)
        #expect(text(listing.array(of: crowd.users, limit: 10)) == plain(crowd.users, 10))
        #expect(plain(crowd.users, 10).hasPrefix(#"[{"id":1,"#))
    }

    @Test("a full list stays the same bytes, whoever comes behind it or leaves there")
    func full() {
        var (crowd, listing) = (Crowd(), UserListing())
        for _ in 0..<20 { crowd.come() }
        let kept = listing.array(of: crowd.users, limit: 20)
        for _ in 0..<10 {
            let late = crowd.come()
            crowd.come()
            #expect(address(listing.array(of: crowd.users, limit: 20)) == address(kept))
            crowd.leave(late)
            listing.left(late, of: crowd.users)
            #expect(address(listing.array(of: crowd.users, limit: 20)) == address(kept))
        }
    }

    @Test("while there is room, whoever comes is written behind the others, who are not written again")
    func growing() {
        var (crowd, listing) = (Crowd(), UserListing())
        for _ in 0..<30 { crowd.come() }  // 1.3 of 2 KiB, so that there is storage for more
        let place = address(listing.array(of: crowd.users, limit: 100))
        for _ in 0..<3 {
            crowd.come()
            #expect(address(listing.array(of: crowd.users, limit: 100)) == place)
        }
    }
}
