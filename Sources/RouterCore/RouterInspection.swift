import HandlerKit
import JSONWire

/// What tests may see of a router, and nothing that runs one needs.
extension Router {
    /// Who a connection belongs to.
    package func user(of connection: Int) -> User? {
        slot(of: connection).flatMap { context.users[slot: $0] }
    }

    package var rooms: Rooms { context.rooms }

    /// In the order of the pipeline; for reading only, because what a copy is told the original does not know.
    package var handlers: [any Handler] { pipeline.handlers }

    /// Where the ids of the next user and message come from.
    package var nextIds: IdSource {
        get { ids }
        set { ids = newValue }
    }

    /// Gives a user another name, as if a handler had.
    package mutating func rename(connection: Int, to name: String) {
        guard let slot = slot(of: connection) else { return }
        sessions[slot]?.name = JSONText.encode(name)
        context.users.rename(slot: slot, to: name)
    }
}
