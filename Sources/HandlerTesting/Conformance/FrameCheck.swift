/// Looks at what users got because of one thing that happened.
struct FrameCheck {
    let findings: Findings
    let takesFrames: Bool
    private let declared: [String: [MessageForm]]

    /// What happened, in words for a finding.
    struct Cause {
        var text: String
        /// Who caused it; nil when nobody did who is still there.
        var user: Int?
        var ref = SentMessage.Reference.never
        /// Who was in which rooms, before and after.
        var rooms: [Int: [String]] = [:]
        /// The ids of those who may get something.
        var ids: [Int: Int64] = [:]
    }

    /// A frame, and all who got it.
    private struct Sent {
        let frame: SeenFrame
        var users: Set<Int> = []
    }

    init(_ subject: ConformanceSubject, _ findings: Findings) {
        self.findings = findings
        takesFrames = subject.takesFrames
        declared = subject.declared
    }

    func check(_ got: Trial.Got, _ cause: Cause) {
        var read: [String: Sent] = [:]
        for (user, frames) in got {
            if takesFrames {
                if user != cause.user, !frames.isEmpty { report("sends frames to others than their sender", cause) }
                continue
            }
            var seen: [SeenFrame] = []
            for case .text(let text) in frames {
                guard let frame = read[text]?.frame ?? SeenFrame(text) else {
                    report("sends a frame that is no JSON object: \(text.shortened(to: 100))", of: "no JSON", cause)
                    continue
                }
                read[text, default: Sent(frame: frame)].users.insert(user)
                seen.append(frame)
            }
            checkRefs(seen, of: user, cause)
        }
        for sent in read.values.sorted(by: { $0.frame.text < $1.frame.text }) {
            for user in sent.users.sorted() { check(sent, of: user, cause) }
        }
        let all = read.values.map { ($0.frame, $0.users) }
        PrivateMessageCheck(all, by: cause.user, ids: cause.ids).run { report($0, cause) }
    }

    private func report(_ what: String, of kind: String? = nil, _ cause: Cause) {
        findings.add(what, of: kind, because: cause.text)
    }

    private func check(_ sent: Sent, of user: Int, _ cause: Cause) {
        let frame = sent.frame
        if let fault = frame.faultOfForm { report("a frame of type \(frame.type) \(fault)", cause) }
        guard !["error", "ack"].contains(frame.type) else {
            if user != cause.user { report("somebody gets the \(frame.type) that answers another", cause) }
            return
        }
        guard !PrivateMessageCheck.types.contains(frame.type) else { return }
        guard let forms = declared[frame.type] else {
            return report("sends a frame of type \(frame.type), which it does not declare in sends", cause)
        }
        let fitting = forms.filter { isFor(user, $0.receiver, sent, cause) }
        guard !fitting.isEmpty else {
            let receivers = forms.compactMap(\.receiver?.rawValue).joined(separator: " or ")
            let count = forms.contains { $0.receiver == .user } ? sent.users.count : 1
            let got = count > 1 ? "\(count) users get" : user == cause.user ? "the sender gets" : "somebody else gets"
            return report("\(frame.type) is declared for \(receivers), and \(got) it", cause)
        }
        let mismatches = fitting.map { $0.mismatch(frame) }
        if let mismatch = mismatches[0], !mismatches.contains(nil) {
            report("\(frame.type) \(mismatch)", cause)
        }
    }

    /// - Returns: true also where nobody's doing caused it, so that it can't be told.
    private func isFor(_ user: Int, _ receiver: MessageForm.Receiver?, _ sent: Sent, _ cause: Cause) -> Bool {
        guard let causer = cause.user else { return true }
        switch receiver {
        case .sender: return user == causer
        case .user: return sent.users.count == 1
        case nil: return false
        case .everyone: return user != causer
        case .room:
            let rooms = Set(cause.rooms[user] ?? [])
            guard user != causer else { return false }
            return sent.frame.room.map(rooms.contains) ?? !rooms.isDisjoint(with: cause.rooms[causer] ?? [])
        }
    }

    private func checkRefs(_ frames: [SeenFrame], of user: Int, _ cause: Cause) {
        let answers = frames.indices.filter { frames[$0].ref != nil }
        if user == cause.user {
            checkAnswer(answers.map { frames[$0] }, frames, cause)
        } else if !answers.isEmpty {
            report("somebody gets a frame with the ref of another", cause)
        }
    }

    private func checkAnswer(_ answers: [SeenFrame], _ frames: [SeenFrame], _ cause: Cause) {
        switch cause.ref {
        case .whatever: return
        case .never:
            if !answers.isEmpty { report("answers with a ref where there was none", cause) }
        case .once(let ref):
            guard answers.count == 1 else { return report("a ref is answered \(answers.count) times", cause) }
            if answers[0].ref != ref { report("a ref is answered with another one", cause) }
            // Behind a refusal that closes nothing comes any more, and before it stands what was on its way.
            if frames.last?.ref == nil { report("something is sent after the answer to the ref", cause) }
        }
    }
}
