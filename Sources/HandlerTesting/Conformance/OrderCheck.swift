import Seeds

/// Messages of several users within one turn: refs are answered in the order asked, posts come to everyone in the order
/// in which they were sent.
struct OrderCheck {
    private let trial: Trial
    private let findings: Findings
    private var messages: HostileMessages
    private var random: Seeded
    private let waits: Bool
    private var order = PostOrder()
    /// The highest number seen in posts, by who saw it and, where messages may wait, by who sent it.
    private var latest: [String: Int] = [:]
    private let mark = /mark-([0-9]+)-([0-9]+)-/
    /// How often something was sent.
    private var sent = 0

    init(_ subject: ConformanceSubject, _ findings: Findings) throws {
        trial = Trial(try subject.router())
        self.findings = findings
        messages = HostileMessages(subject, part: 2)
        messages.values.rooms = trial.router.rooms
        random = Seeded(subject.seed &+ 2)
        waits = subject.waits
    }

    consuming func run() {
        for _ in 0..<60 {
            while trial.users.count < 4 { trial.join() }
            messages.values.users = trial.ids
            batch()
            trial.pass(.seconds(10))
        }
    }

    /// Fewer messages of each user than may wait.
    private mutating func batch() {
        var asked: [Int: [String]] = [:]
        var texts: [Int: [String]] = [:]
        for _ in 0..<12 {
            let user = random.pick(Array(trial.users.dropLast()))
            sent += 1
            let message = messages.right("mark-\(user)-\(sent)-")
            guard case .once(let ref) = message.ref else { continue }
            asked[user, default: []].append(ref)
            texts[user, default: []].append(message.text)
            trial.router.post(message.text, from: user)
            if random.chance(4) { trial.router.endTurn() }
        }
        for (user, frames) in trial.take() {
            let seen = frames.compactMap { if case .text(let text) = $0 { SeenFrame(text) } else { nil } }
            let answered = seen.compactMap(\.ref)
            let isOpen = trial.users.contains(user)
            if isOpen ? answered != asked[user] ?? [] : !(asked[user] ?? []).starts(with: answered) {
                let cause = texts[user]?.joined(separator: "\n  ")
                findings.add("refs are not answered once each, in the order asked", because: cause)
            }
            for (frame, server) in zip(seen, frames) where frame.id != nil { check(frame, server, user) }
        }
    }

    private mutating func check(_ frame: SeenFrame, _ server: ServerFrame, _ user: Int) {
        do { try order.check(server, of: "User\(user)") } catch {
            findings.add("posts do not come to everyone in one order: \(error)", of: "order of posts")
        }
        // Not in the sender's name, which a message may have set.
        let content = frame.text.firstRange(of: "\"content\":").map { frame.text[$0.upperBound...] } ?? ""
        for found in content.matches(of: mark) {
            guard let number = Int(found.2), frame.type != "private_message_sent" else { continue }
            let line = waits ? "\(user) \(found.1)" : "\(user)"
            if let before = latest[line], before > number {
                findings.add(
                    "a post comes after that of a message which was sent later", because: frame.text)
            }
            latest[line] = max(latest[line] ?? 0, number)
        }
    }
}
