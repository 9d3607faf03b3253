import Testing

@testable import RouterConfig

@Suite("Finding the name that was meant")
struct SpellingTests {
    @Test(
        "The distance counts letters added, left out, changed or swapped",
        arguments: [
            ("", "", 0), ("a", "", 1), ("", "ab", 2), ("rename", "rename", 0), ("lenght", "length", 1),
            ("ping", "pong", 1),
            ("lobi", "lobby", 2), ("kitten", "sitting", 3), ("abc", "cba", 2),
        ])
    func distance(_ left: String, _ right: String, _ expected: Int) {
        #expect(Spelling.editDistance(Array(left), Array(right)) == expected)
        #expect(Spelling.editDistance(Array(right), Array(left)) == expected)
    }

    @Test(
        "The nearest name is found, whatever its capitals and dashes",
        arguments: [
            ("max_lenght", "max_length"), ("maxLength", "max_length"), ("MAX-LENGTH", "max_length"), ("burts", "burst"),
            ("rate_limit", "rate-limit"), ("length", "max_length"), ("ping", "ping"),
        ])
    func nearest(_ written: String, _ name: String) {
        let names = ["max_length", "burst", "rate-limit", "ping", "close"]
        #expect(Spelling.nearest(to: written, among: names) == name)
    }

    @Test(
        "A different word is nobody's misspelling",
        arguments: ["", "x", "colour", "on", "per_second", "maximum_velocity"])
    func nothing(_ written: String) {
        #expect(Spelling.nearest(to: written, among: ["max_length", "burst", "rate-limit", "ping", "close"]) == nil)
    }

    @Test("Of two names as near, the one declared first is offered")
    func ties() {
        #expect(Spelling.nearest(to: "bat", among: ["cat", "hat"]) == "cat")
    }
}
