import HandlerTesting
import Testing

@testable import dice_router

struct DiceTests {
    @Test("dice: clients send and get what dice.chat says")
    func conversation() throws { try converse(with: [Dice.self], file: "dice.chat") }

    @Test("dice: what holds for every handler holds for this one")
    func conformance() throws { try checkConformance(of: Dice.self, settings: ["loaded": "3"]) }

    @Test("dice: every result is one of the sides, and each of them comes up")
    func results() throws {
        let router = try HandlerHarness(Dice.self)
        let ada = router.join()
        for _ in 1...300 { try router.send(#"{"type":"dice"}"#, from: ada) }
        let results = router.frames(to: ada).compactMap { $0.content["result"] as? Int }
        #expect(results.count == 300 && Set(results) == Set(1...6))
    }
}
