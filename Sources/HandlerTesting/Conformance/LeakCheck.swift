import RouterCore
import Seeds

/// A user is served as if nobody had been there before.
///
/// The same traffic, and then a newcomer, three times over: in the place of somebody who has talked, with that user's
/// name; in the place of somebody who never said a word, with a name of its own; and in a router that nobody else has
/// used, at the same time and with the same ids. The first two have to be served alike to the letter but for the name.
/// Of the third numbers may differ, since a handler may count for all; and it is left out for handlers that share state.
/// The router keeps no posts meanwhile: a room's posts are for whoever comes.
struct LeakCheck {
    private let subject: ConformanceSubject
    private let findings: Findings

    init(_ subject: ConformanceSubject, _ findings: Findings) {
        self.subject = subject
        self.findings = findings
    }

    func run(sharesState: Bool) throws {
        let used = try Visit(subject, .afterTalker)
        let unused = try Visit(subject, .afterSilence)
        compare(used, unused, numbers: true, "who has the place and the name of one who left")
        guard !sharesState else { return }
        let fresh = try Visit(subject, .alone(used.idsBefore))
        compare(used, fresh, numbers: false, "who comes after others, in a router that others have used")
    }

    private func compare(_ visit: Visit, _ other: Visit, numbers: Bool, _ who: String) {
        for (line, expected) in zip(visit.transcript, other.transcript) {
            let (left, right) =
                numbers ? (line.got, expected.got) : (line.gotWithoutNumbers, expected.gotWithoutNumbers)
            guard left != right else { continue }
            let differing = zip(left, right).first { $0 != $1 } ?? (left.last ?? "nothing", right.last ?? "nothing")
            let (got, due) = left.count == right.count ? differing : ("\(left.count) frames", "\(right.count)")
            findings.add(
                "somebody \(who), is not served like others: \(got.shortened(to: 300)) in place of \(due.shortened(to: 300))",
                of: who, because: line.cause)
        }
    }
}

/// A newcomer, what it does, and what it and a bystander get of it.
private struct Visit {
    enum Kind: Equatable {
        case afterTalker, afterSilence
        /// The ids with which the newcomer comes.
        case alone(IdSource)
        static func == (left: Kind, right: Kind) -> Bool {
            switch (left, right) {
            case (.afterTalker, .afterTalker), (.afterSilence, .afterSilence): true
            default: false
            }
        }
    }

    struct Line {
        let cause: String
        /// The newcomer's frames and the bystander's.
        let got: [String]
        var gotWithoutNumbers: [String] { got.map { $0.replacing(/:-?[0-9.]+/, with: ":0") } }
    }

    private(set) var transcript: [Line] = []
    private(set) var idsBefore = IdSource()
    private let trial: Trial
    private var messages: HostileMessages
    private let name: String

    private static let talkersName = "Conformer"

    init(_ subject: ConformanceSubject, _ kind: Kind) throws {
        trial = Trial(try subject.router(keepingPosts: false))
        messages = HostileMessages(subject, part: 3)
        messages.values.rooms = trial.router.rooms
        name = kind == .afterSilence ? "Newcomers" : Self.talkersName
        let bystander = trial.join().user
        if case .alone(let ids) = kind {
            trial.pass(.seconds(Self.duration))
            trial.router.withRouter { $0.nextIds = ids }
        } else {
            talk(lastToLeaveIsSilent: kind == .afterSilence)
        }
        idsBefore = trial.router.router.nextIds
        messages = HostileMessages(subject, part: 4)
        messages.values.rooms = trial.router.rooms
        visit(bystander)
    }

    /// How long the others are there, in seconds.
    private static let duration = 30

    /// The place that is left last is the one that is taken next.
    private mutating func talk(lastToLeaveIsSilent: Bool) {
        let silent = trial.join().user
        let talkers = (1...4).map { _ in trial.join().user }
        trial.router.withRouter { $0.rename(connection: talkers[3], to: Self.talkersName) }
        messages.values.users = trial.ids
        for second in 0..<Self.duration {
            for talker in talkers where trial.users.contains(talker) && (second + talker).isMultiple(of: 2) {
                trial.send(messages.right().text, from: talker)
                trial.send(messages.next().text, from: talker)
            }
            trial.pass(.seconds(1))
        }
        for _ in 1...30 where trial.users.contains(talkers[3]) { trial.send(messages.right().text, from: talkers[3]) }
        for user in lastToLeaveIsSilent ? talkers + [silent] : [silent] + talkers { trial.leave(user) }
    }

    private mutating func visit(_ bystander: Int) {
        let (user, got) = trial.join()
        trial.router.withRouter { $0.rename(connection: user, to: name) }
        note(got, because: "somebody joins")
        messages.values.users = trial.ids
        for place in 0..<40 where trial.users.contains(user) {
            let message = place.isMultiple(of: 3) ? messages.next() : messages.right()
            note(trial.send(message.text, from: user), because: message.text)
            if place.isMultiple(of: 10) { note(trial.pass(.seconds(1)), because: "time passes") }
        }
        note(trial.leave(user), because: "somebody leaves")
    }

    private mutating func note(_ got: Trial.Got, because cause: String) {
        let frames = got.flatMap { $0.frames }.map { frame in
            "\(frame)".replacing(name, with: "NAME").replacing(/"resume":"[0-9a-f]{32}"/, with: "TOKEN")
        }
        transcript.append(Line(cause: cause, got: frames))
    }
}
