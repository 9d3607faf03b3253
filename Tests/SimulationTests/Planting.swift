import NIOCore
@testable import RouterCore
@testable import RouterServer
import Seeds

/// A fault of the server, planted to show that the simulation finds it.
enum Plant: String, CaseIterable {
    case none
}

struct Planting {
    let plant: Plant
    init(_ plant: Plant, seed: UInt64) { self.plant = plant }
    func apply(to server: SimulatedServer) {}
}
