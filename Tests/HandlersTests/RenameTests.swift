import HandlerTesting
import Handlers
import Testing

@Test("P4, P13, P19: a new name is told to everyone, a wrong one to nobody but its sender") func rename() throws {
    try checkConformance(of: Rename.self)
    let router = try HandlerHarness(Rename.self, settings: ["max_length": "4"])
    let (ada, bob) = (router.join(), router.join())
    try router.send(#"{"type":"set_name","name":"Ada"}"#, from: ada)
    try router.send(#"{"type":"set_name","name":"Augusta"}"#, from: ada)
    #expect(router.frames(to: ada).map { $0.code ?? $0.type } == ["name_changed", "invalid_name"])
    #expect(router.frames(to: bob).map { $0["from_name"] as? String } == ["Ada"])
}
