/// Somebody who is connected, as the others may see them.
public struct User: Sendable, Equatable {
    /// Never given to anybody else (P1).
    public let id: Int64
    public package(set) var name: String
    /// Unix seconds.
    public let connectedAt: Int64
    /// Where the router keeps this session, from 1; a later session may have the same slot.
    @usableFromInline package let slot: Int

    /// Nobody: the sender of what the router does by itself.
    public static let system = User(id: 0, name: "System", connectedAt: 0, slot: 0)

    /// A session, whatever its user is called by then.
    package struct Place { package let id: Int64, slot: Int }
    package var place: Place { Place(id: id, slot: slot) }

    package init(id: Int64, name: String, connectedAt: Int64, slot: Int) {
        (self.id, self.name, self.connectedAt, self.slot) = (id, name, connectedAt, slot)
    }
}

/// Those who are online.
public struct Users: Sendable {
    package var slots: [User?] = []
    package var addresses: [IPAddress?] = []
    /// In order of their ids: new users come at the end, and those who come back among the others.
    package var order: [(id: Int64, slot: Int)] = []
    /// Rises when one of them leaves, has another name, or comes before others: with all but a new user at the end.
    public package(set) var revision = 0

    package init() {}

    public var count: Int { order.count }

    /// The user with this id, if online.
    public subscript(id: Int64) -> User? {
        let place = place(of: id)
        return place < order.count && order[place].id == id ? slots[order[place].slot] : nil
    }

    /// What limits know a user by beyond its session; nil for addresses that are exempt from limits.
    public func address(of user: User) -> IPAddress? { user.slot < addresses.count ? addresses[user.slot] : nil }

    /// The first users by id, at most `count`, without the first `skipped` of them.
    public func first(_ count: Int, from skipped: Int = 0) -> [User] {
        order.prefix(count).dropFirst(skipped).compactMap { slots[$0.slot] }
    }

    /// The first place whose id is not below `id`.
    package func place(of id: Int64) -> Int {
        var (low, high) = (0, order.count)
        while low < high {
            let middle = (low + high) / 2
            if order[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// State that a handler keeps for each session. It starts anew with every session.
public struct PerSession<Value> {
    @usableFromInline var values: [(id: Int64, value: Value)] = []  // id 0 for nobody
    @usableFromInline let initial: Value

    @inlinable public init(_ initial: Value) { self.initial = initial }

    @inlinable public subscript(user: User) -> Value {
        get { user.slot < values.count && values[user.slot].id == user.id ? values[user.slot].value : initial }
        _modify {
            while values.count <= user.slot { values.append((0, initial)) }
            if values[user.slot].id != user.id { values[user.slot] = (user.id, initial) }
            yield &values[user.slot].value
        }
    }

    /// Forgets what was kept for a user who left.
    @inlinable public mutating func remove(_ user: User) {
        if user.slot < values.count { values[user.slot] = (0, initial) }
    }
}
extension PerSession: Sendable where Value: Sendable {}
