/// What is to be known of a seed that has failed: what is wrong, and a short story of what led to it.
struct Report: CustomStringConvertible {
    let scenario: Scenario
    let violations: [Violation]
    private let plant: Plant?

    /// Runs a seed.
    ///
    /// - Returns: nil when all is well.
    init?(_ scenario: Scenario, plant: Plant? = nil) throws {
        let found = try Simulation(scenario, plant: plant).run()
        guard !found.isEmpty else { return nil }
        (self.scenario, self.plant, violations) = (scenario, plant, found)
    }

    /// The same with as few steps as will do, as far as halving finds them.
    func shortened() throws -> Report {
        var best = self
        var (low, high) = (0, scenario.steps)
        while low < high {
            var scenario = scenario
            scenario.steps = (low + high) / 2
            if let shorter = try Report(scenario, plant: plant) {
                best = shorter
                high = scenario.steps
            } else {
                low = scenario.steps + 1
            }
        }
        return best
    }

    /// What happened to the first client that something is wrong with, and what it got.
    func story() throws -> [String] {
        let simulation = try Simulation(scenario, plant: plant, tells: true)
        let client = try simulation.run().first?.client ?? violations.first?.client
        let events = simulation.story.filter { $0.client == nil || client == nil || $0.client == client }
        let frames = simulation.everybody.filter { $0.number == client ?? 0 }.flatMap(\.seen)
        let lines =
            events.map { (step: $0.step, text: "\($0.client.map { "client \($0)" } ?? "") \($0.what)") }
            + frames.map { (step: $0.step, text: "client \(client ?? 0) gets \($0.words?.text ?? "\($0.item)")") }
        return lines.enumerated().sorted { ($0.element.step, $0.offset) < ($1.element.step, $1.offset) }
            .map { "  step \($0.element.step): \($0.element.text.prefix(240))" }
    }

    var description: String {
        let wrong = violations.prefix(5).map { "  \($0.description.prefix(700))" }.joined(separator: "\n")
        return
            "seed \(scenario.seed), \(violations.count) wrong (SIMULATION_SEED=\(scenario.seed) runs it again):\n\(wrong)"
    }
}
