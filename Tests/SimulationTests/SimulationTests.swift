import Foundation
import Testing

/// Which seeds are run: by default so many that they take about a minute in a debug build.
///
/// `SIMULATION_SEED=17` runs seed 17, `SIMULATION_SEEDS=5000` the first 5,000, both together 5,000 from 17 on.
private enum Chosen {
    static let parts = 4
    private static let environment = ProcessInfo.processInfo.environment
    private static let first = environment["SIMULATION_SEED"].flatMap(UInt64.init)
    private static let count = environment["SIMULATION_SEEDS"].flatMap(UInt64.init)

    static var seeds: Range<UInt64> {
        let first = first ?? 1
        return first..<first + (count ?? (Self.first == nil ? 1_000 : 1))
    }
}

@Suite("A whole server in memory, with clients and trouble by the seed")
struct SimulationTests {
    @Test("Everybody gets what is due, in order, once, and nothing else", arguments: 0..<Chosen.parts)
    func seeds(part: Int) throws {
        var failures = 0
        for seed in Chosen.seeds where Int(seed) % Chosen.parts == part && failures < 3 {
            guard let report = try Report(Scenario(seed: seed)) else { continue }
            failures += 1
            let short = try report.shortened()
            let story = try short.story().suffix(40).joined(separator: "\n")
            Issue.record("\(report)\nWith \(short.scenario.steps) steps:\n\(story)\n\(short)")
        }
    }

    @Test("A seed is the same every time", arguments: [3, 4, 8] as [UInt64])
    func repeatable(seed: UInt64) throws {
        let runs = try (0..<2).map { _ in
            let simulation = try Simulation(Scenario(seed: seed), tells: true)
            _ = try simulation.run()
            return simulation.story.map(\.what) + simulation.clients.flatMap { $0.seen.map { "\($0.step) \($0.item)" } }
        }
        #expect(runs[0].count > 100 && runs[0] == runs[1])
    }

    @Test("Whoever has not left is found among what is left")
    func leftovers() throws {
        let simulation = try Simulation(Scenario(seed: 1))
        try simulation.connect(isStranger: false)
        try simulation.settle()
        let found = simulation.leftovers().map(\.what)
        #expect(found.contains("1 users left") && found.contains { $0.contains("groups of loop") })
        #expect(!found.contains { $0.contains("nobody knows") })
        for client in simulation.clients { client.hangUp() }
        try simulation.settle()
        try simulation.pass(60_000)
        #expect(simulation.leftovers().isEmpty)
        try simulation.server.shutDown()
    }

    @Test("A fault of the server is found", arguments: Plant.allCases)
    func planted(plant: Plant) throws {
        for seed in 1...1_000 as ClosedRange<UInt64> {
            guard let report = try Report(Scenario(seed: seed), plant: plant) else { continue }
            print("\(plant.rawValue): found after \(seed) seeds, as \(report.violations[0])")
            return
        }
        Issue.record("\(plant.rawValue): not found in 1,000 seeds")
    }
}
