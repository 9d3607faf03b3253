import HandlerKit
import JSONWire
import NIOCore

/// The rooms as frames and delivery know them: by number, and by their names as JSON.
struct RoomNames: ~Copyable {
    private let encoded: [UnsafeRawBufferPointer]

    init(_ names: [String]) { encoded = names.map { lasting(JSONText.encode($0)) } }

    deinit { for name in encoded { name.deallocate() } }

    /// The name as JSON, quotes included; as long as the router is there.
    subscript(number: Int) -> UnsafeRawBufferPointer { encoded[number] }
}

extension Room {
    /// The rooms of the configuration come after `everyone`.
    init(configured number: Int) { self.init(number + 1) }
}

extension Rooms {
    /// What a session is a member of, in a fixed order: delivery knows its groups by it.
    func memberships(of user: User) -> [Room] {
        [.everyone] + numbers(joinedBy: user).sorted().map(Room.init(configured:))
    }
}
