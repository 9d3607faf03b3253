import HandlerTesting
import Testing

/// The rules of the protocol, and those of them that the router keeps so far.
private enum Rules {
    static let all = Set((1...51).map { "P\($0)" })
    static let kept = (Array(1...34) + Array(45...49) + [51]).map { "P\($0)" }
}

@Suite("The scripts")
struct ScriptsTests {
    @Test("Every script can be read, names a rule, and says what must come", arguments: Scripts.names)
    func isComplete(name: String) throws {
        let script = try Scripts.load(name)
        #expect(!script.rules.isEmpty)
        #expect(script.rules.filter { !Rules.all.contains($0) } == [], "no such rules")
        #expect(script.assertions > 0)
    }

    @Test("Every rule that the router keeps is named by a script", arguments: Rules.kept)
    func isCovered(rule: String) {
        #expect(Scripts.all.contains { $0.rules.contains(rule) })
    }

    @Test("A script without a step that expects something is found out")
    func assertsNothing() throws {
        #expect(try Conversation("rules: P2\nada joins\nada sends hi", name: "x").assertions == 0)
        #expect(try Conversation("rules: P2\nada joins\nada gets nothing", name: "x").assertions == 1)
        #expect(try Conversation("at once:\n  ada joins\n  ada gets nothing", name: "x").assertions == 1)
    }
}
