import Foundation
import Testing

@Suite("A whole server in memory, with clients and trouble by the seed")
struct SimulationTests {
    @Test("Everybody gets what is due, in order, once, and nothing else")
    func seeds() throws {
        let environment = ProcessInfo.processInfo.environment
        let first = environment["SIMULATION_SEED"].flatMap(UInt64.init)
        let count = environment["SIMULATION_SEEDS"].flatMap(UInt64.init) ?? (first == nil ? 60 : 1)
        var failed = 0
        for seed in (first ?? 1)..<(first ?? 1) + count {
            let violations = try Simulation(Scenario(seed: seed)).run()
            guard !violations.isEmpty else { continue }
            failed += 1
            Issue.record("seed \(seed): \(violations.prefix(3).map(\.description).joined(separator: "\n"))")
            if let story = environment["SIMULATION_STORY"] {
                let again = try Simulation(Scenario(seed: seed), tells: true)
                _ = try again.run()
                let frames = again.clients.flatMap { client in
                    client.seen.map { "\($0.step): \(client.number) got \($0.item)" }
                }
                try (again.story + frames).joined(separator: "\n").write(
                    toFile: story, atomically: true, encoding: .utf8)
            }
            if failed > 5 { break }
        }
    }
}
