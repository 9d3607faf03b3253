import RouterCore

/// What a handler holds is no more when all of some thousand users have come and gone than after half of them.
struct MemoryCheck {
    private let subject: ConformanceSubject
    private let findings: Findings
    private let router: HandlerHarness
    private var messages: HostileMessages

    private let users: Int
    private static let atOnce = 8
    /// What it may hold more than before: less than one value for every hundredth user.
    private var slack: Int { users / 100 }

    init(_ subject: ConformanceSubject, _ findings: Findings, users: Int) throws {
        self.users = users
        self.subject = subject
        self.findings = findings
        router = try subject.router()
        messages = HostileMessages(subject, part: 5)
        messages.values.rooms = router.rooms
    }

    consuming func run() {
        comeAndGo(users / 2)
        let half = held()
        comeAndGo(users / 2)
        let all = held()
        for (name, count) in all.sorted(by: { $0.key < $1.key }) {
            let grown = count - (half[name] ?? 0)
            guard grown > slack else { continue }
            findings.add(
                "\(name) holds \(count) values when all of \(users) users have gone, \(grown) more than after half "
                    + "of them: something is kept for each")
        }
    }

    private mutating func comeAndGo(_ count: Int) {
        for _ in 0..<count / Self.atOnce {
            let online = (0..<Self.atOnce).map { _ in router.open() }
            messages.values.users = online.compactMap { router.user($0)?.id }
            for user in online {
                router.post(messages.right("by-\(user)").text, from: user)
                router.post(messages.right("of-\(user)").text, from: user)
            }
            router.settle(delivering: false)
            for user in online { router.lose(user) }
            router.clock.advance(by: .seconds(1))
            router.settle(delivering: false)
        }
        router.clock.advance(by: .seconds(3_600))
        router.settle(delivering: false)
    }

    /// How many values the handler's stored properties hold, by their names.
    private func held() -> [String: Int] {
        let handler = router.router.handlers.first { type(of: $0) == subject.handler }
        return handler.map { HeldValues.counts(in: $0) } ?? [:]
    }
}
