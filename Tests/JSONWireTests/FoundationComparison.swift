import FuzzTargets
import Testing

@Suite("Compared with Foundation's reader")
struct ComparedWithFoundation {
    /// Fails when the two disagree about a text and the reason is none of those that `FoundationComparison` names.
    private func compare(_ text: [UInt8], _ comment: @autoclosure () -> Comment) {
        if !FoundationComparison.agrees(on: text) { Issue.record(comment()) }
    }

    private func shown(_ text: [UInt8]) -> String { String(decoding: text, as: UTF8.self).debugDescription }

    @Test("random texts mean the same to both", arguments: 1...8 as ClosedRange<UInt64>)
    func randomDocuments(seed: UInt64) {
        var documents = RandomDocument(seed: seed)
        for index in 0..<250 {
            let text = documents.object()
            #expect(FoundationComparison.takes(text))
            compare(text, "seed \(seed), text \(index): \(shown(text))")
        }
    }

    @Test("damaged texts are refused when Foundation refuses them", arguments: 1...8 as ClosedRange<UInt64>)
    func damagedDocuments(seed: UInt64) {
        var documents = RandomDocument(seed: seed)
        var damage = Damage(seed: seed)
        for index in 0..<2_500 {
            let text = damage.applied(to: documents.object())
            compare(text, "seed \(seed), text \(index): \(shown(text))")
        }
    }

    @Test("the tables of tricky texts agree with Foundation")
    func tables() {
        for row in structureCases + stringCases + numberCases + nameCases {
            compare(row.text, "\(row.testDescription)")
        }
    }
}
