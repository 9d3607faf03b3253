import Seeds

/// Some thousand messages, right and hostile, of users who come and go: nothing fails, and everybody gets what is theirs.
struct MessageCheck {
    private let trial: Trial
    private let frames: FrameCheck
    private let findings: Findings
    private var messages: HostileMessages
    private var random: Seeded
    private var faults = 0

    init(_ subject: ConformanceSubject, _ findings: Findings) throws {
        trial = Trial(try subject.router())
        frames = FrameCheck(subject, findings)
        self.findings = findings
        messages = HostileMessages(subject, part: 1)
        messages.values.rooms = trial.router.rooms
        random = Seeded(subject.seed)
    }

    consuming func run(_ count: Int) {
        for _ in 0..<count {
            while trial.users.count < 4 { join() }
            if random.chance(100) { leave() }
            if random.chance(2) { pass() }
            send()
        }
    }

    private mutating func join() {
        let (user, got) = trial.join()
        check(got, .init(text: "somebody joins", user: user, rooms: trial.rooms))
        messages.values.users = trial.ids
    }

    private mutating func leave() {
        check(trial.leave(random.pick(trial.users)), .init(text: "somebody leaves"))
        messages.values.users = trial.ids
        join()
    }

    private mutating func pass() {
        let time = Duration.milliseconds(random.chance(50) ? 31_000 : Int.random(in: 1...1_200, using: &random))
        check(trial.pass(time), .init(text: "time passes"))
    }

    private mutating func send() {
        let sent = messages.next()
        let user = random.pick(trial.users)
        let before = trial.rooms
        let got = trial.send(sent.text, from: user)
        let rooms = before.merging(trial.rooms) { $0 + $1 }
        check(got, .init(text: sent.text, user: user, ref: sent.ref, rooms: rooms))
    }

    private mutating func check(_ got: Trial.Got, _ cause: FrameCheck.Cause) {
        var cause = cause
        cause.ids = trial.idsByUser
        frames.check(got, cause)
        let all = trial.router.faults
        for fault in all.dropFirst(faults) {
            findings.add("an error that is no Rejection, or no answer at all: \(fault)", because: cause.text)
        }
        faults = all.count
    }
}
