import RouterCore

/// Checks that a handler keeps to what the router promises its users, whoever wrote it.
///
///     @Test("dice is a good handler") func conforms() throws { try checkConformance(of: Dice.self) }
///
/// In memory, the same way every time: some thousand random and hostile messages lead to no `internal_error`, every `ref`
/// is answered once and last, every frame is of a type that `sends` declares, and reaches only those it is declared for:
/// one for another user reaches one; posts keep their order; a user is served as nobody had been there before it;
/// settings take their defaults and refuse what is wrong; and 10,000 users who came and went leave nothing behind in what
/// the handler stores (state outside of it, in globals or behind closures, can't be seen).
///
/// - Parameters:
///   - others: the handlers that it needs, above it; where the handler is in this list itself, that is its place.
///   - settings: values as in plugins.yaml, by the setting's name for the handler, by `handler.setting` for any.
///   - sharesState: that the handler keeps something for everyone, such as a topic, which newcomers may be shown.
///   - seed: another one makes other messages.
/// - Throws: `ConformanceFailure` with all that was found; what keeps the handler from starting.
public func checkConformance(
    of handler: any Handler.Type, among others: [any Handler.Type] = [], settings: [String: String] = [:],
    sharesState: Bool = false, seed: UInt64 = 1
) throws {
    try checkConformance(
        of: handler, among: others, settings: settings, sharesState: sharesState, seed: seed, ConformanceEffort())
}

/// How much is tried.
package struct ConformanceEffort: Sendable {
    /// Random and hostile messages.
    var messages = 3_000
    /// Users who come and go.
    var users = 10_000

    package init() {}
    package init(messages: Int, users: Int) { (self.messages, self.users) = (messages, users) }
}

/// The same with another effort, for faults that show themselves soon.
package func checkConformance(
    of handler: any Handler.Type, among others: [any Handler.Type] = [], settings: [String: String] = [:],
    sharesState: Bool = false, seed: UInt64 = 1, _ effort: ConformanceEffort
) throws {
    let findings = Findings()
    DeclarationCheck(handler).run(findings)
    // What is declared wrongly can't be given its settings.
    if findings.isEmpty {
        let subject = try ConformanceSubject(handler, among: others, settings: settings, seed: seed)
        try MessageCheck(subject, findings).run(effort.messages)
        if !subject.takesFrames { try OrderCheck(subject, findings).run() }
        try LeakCheck(subject, findings).run(sharesState: sharesState)
        try MemoryCheck(subject, findings, users: effort.users).run()
    }
    guard findings.isEmpty else { throw ConformanceFailure(handler: handler.name, seed: seed, findings: findings.all) }
}

/// What a handler does that it should not.
public struct ConformanceFailure: Error, CustomStringConvertible {
    public let handler: String
    /// With which the same is found again.
    public let seed: UInt64
    public let findings: [ConformanceFinding]

    public var description: String {
        (["\(handler) does not conform, as seed \(seed) shows:"] + findings.map { "- \($0)" }).joined(separator: "\n")
    }
}

/// One thing that a handler does, and what it was caused by.
public struct ConformanceFinding: Sendable, CustomStringConvertible {
    public let what: String
    /// The shortest message that it was seen with; nil when it takes none.
    public internal(set) var cause: String?
    public internal(set) var times = 1

    public var description: String {
        what + (times > 1 ? " (\(times) times)" : "") + (cause.map { "\n  caused by \($0.shortened(to: 400))" } ?? "")
    }
}

/// Collects findings; what is found again and again is one.
final class Findings {
    private var places: [String: Int] = [:]
    private(set) var all: [ConformanceFinding] = []

    var isEmpty: Bool { all.isEmpty }

    /// - Parameter kind: what makes two findings the same one; all that is said of it when nil.
    func add(_ what: String, of kind: String? = nil, because cause: String? = nil) {
        let kind = kind ?? what
        guard let place = places[kind] else {
            places[kind] = all.count
            all.append(ConformanceFinding(what: what, cause: cause))
            return
        }
        all[place].times += 1
        guard let cause, cause.utf8.count < all[place].cause?.utf8.count ?? .max else { return }
        all[place] = ConformanceFinding(what: what, cause: cause, times: all[place].times)
    }
}

extension String {
    func shortened(to count: Int) -> String {
        utf8.count <= count ? self : String(unicodeScalars.prefix(count)) + "… (\(utf8.count) bytes)"
    }
}
