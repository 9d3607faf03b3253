/// The rooms, and who is in which. Everybody is in one at least.
public struct Rooms: Sendable {
    /// In the order of the configuration; everybody starts in the first (P37).
    public let names: [String]
    private let numbers: [String: Int]
    package var counts: [Int]
    /// The rooms of each session, in the order in which it joined them.
    package var joined = PerSession<[Int]>([])

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
    package func numbers(joinedBy user: User) -> [Int] { joined[user] }
}
