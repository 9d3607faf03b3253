import HandlerKit
import JSONWire
import NIOCore

/// The rooms as frames and delivery know them: by number, and by their names as JSON.
struct RoomNames {
    private let encoded: [[UInt8]]

    init(_ names: [String]) { encoded = names.map(JSONText.encode) }

    /// The name as JSON, quotes included.
    subscript(number: Int) -> [UInt8] { encoded[number] }
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
