import JSONWire
import NIOCore

/// The rooms by number and name. Every user starts in the first, silently (P37).
struct Rooms {
    private let names: [String]
    private let encoded: [[UInt8]]

    init(_ names: [String] = ["general"]) {
        self.names = names
        encoded = names.map(JSONText.encode)
    }

    var first: Room { Room(1) }

    /// The name as JSON, quotes included.
    func name(of room: Room) -> [UInt8] { encoded[room.number - 1] }

    func find(_ name: String) -> Room? {
        names.firstIndex(of: name).map { Room($0 + 1) }
    }
}
