/// The rooms, and who is in which. Everybody is in one at least.
public struct Rooms: Sendable {
    /// In the order of the configuration; everybody starts in the first (P37).
    public let names: [String]
    private let numbers: [String: Int]
    private var counts: [Int]
    /// The rooms of each session by its slot, in the order in which it joined them.
    private var joined: [[Int]] = []

    /// - Precondition: there is at least one name, and none twice.
    package init(_ names: [String]) {
        self.names = names
        numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        counts = names.map { _ in 0 }
    }

    /// How many users are in the room; nil when there is none of that name.
    public func members(of room: String) -> Int? { numbers[room].map { counts[$0] } }

    /// The rooms that a user is in. The last is the one joined last, where messages go that name no room (P37).
    public func joined(by user: User) -> [String] { numbers(joinedBy: user).map { names[$0] } }

    public func contains(_ user: User, in room: String) -> Bool {
        numbers[room].map { numbers(joinedBy: user).contains($0) } ?? false
    }

    package func number(of room: String) -> Int? { numbers[room] }

    package func numbers(joinedBy user: User) -> [Int] { joined.indices.contains(user.slot) ? joined[user.slot] : [] }

    /// A user joins a room, or joins it once more, which makes it the last.
    package mutating func add(_ user: User, to room: Int) {
        while joined.count <= user.slot { joined.append([]) }
        remove(user, from: room)
        joined[user.slot].append(room)
        counts[room] += 1
    }

    package mutating func remove(_ user: User, from room: Int) {
        guard let place = joined[user.slot].firstIndex(of: room) else { return }
        joined[user.slot].remove(at: place)
        counts[room] -= 1
    }
}
