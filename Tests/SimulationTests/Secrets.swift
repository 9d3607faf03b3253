/// Private messages reach whom they are for, once, if their senders were told so, over all lives.
struct Secrets {
    private let accounts: [Account]
    private let scenario: Scenario
    private(set) var violations: [Violation] = []

    init(_ accounts: [Account], _ scenario: Scenario) {
        (self.accounts, self.scenario) = (accounts, scenario)
        checkReceivers()
        checkSessions()
    }

    private mutating func checkReceivers() {
        var senders: [String: (user: Int, to: Int)] = [:]
        for client in accounts.map(\.client) {
            for deed in client.deeds {
                if case .whisper(let content, let to) = deed.kind { senders[content] = (client.user ?? -1, to) }
            }
        }
        for account in accounts {
            for (words, step) in account.secrets {
                let sent = senders[words.contentText ?? ""]
                guard sent?.to != account.client.user || sent?.user != words.from else { continue }
                violations.append(
                    Violation(
                        .secret, client: account.client.number, step: step,
                        what: "a private message that is not for it: \(words.text)"))
            }
        }
    }

    /// What the connections of a session got together.
    private mutating func checkSessions() {
        var sessions: [Int: [Account]] = [:]
        for account in accounts { if let user = account.client.user { sessions[user, default: []].append(account) } }
        var got: [Int: Set<String>] = [:]
        for (user, session) in sessions.sorted(by: { $0.key < $1.key }) {
            // Who has lost something gets it twice.
            let isExact = session.allSatisfy { $0.client.comeback?.isExact ?? true }
            for part in isExact ? [session] : session.map({ [$0] }) {
                let contents = part.flatMap(\.secrets).compactMap(\.words.contentText)
                if Set(contents).count < contents.count {
                    violations.append(
                        Violation(.doubled, client: part[0].client.number, what: "a private message came twice"))
                }
            }
            guard let last = session.last, last.isComplete, !last.client.isSucceeded, last.isAllAnswered, isExact,
                session.count == 1 || scenario.keepsPrivateMessages,
                // To who is waited for there may be more.
                scenario.grace == .zero || last.isProbed
            else { continue }
            got[user] = Set(session.flatMap(\.secrets).compactMap(\.words.contentText))
        }
        for (content, to) in accounts.flatMap(\.told) where got[to]?.contains(content) == false {
            violations.append(Violation(.missing, what: "user \(to) never got \(content.prefix(60))"))
        }
    }
}
