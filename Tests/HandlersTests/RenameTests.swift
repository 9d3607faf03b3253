import HandlerKit
import Handlers
import NIOCore
import RouterCore
import TestSupport
import Testing

@Suite("P4, P13, P19: renaming")
struct RenameTests {
    private let router = TestRouter([Rename.self])

    private func rename(_ name: String, to router: TestRouter, from connection: Int) throws -> [Said] {
        var writer = JSONWriter(into: .init())
        (["type": "set_name", "name": name] as JSONMembers).write(to: &writer)
        return try router.ask(String(buffer: writer.buffer), from: connection)
    }

    @Test("a new name is told to its user and to everyone else")
    func isTold() throws {
        let (sender, other) = (router.join(), router.join())
        let said = try rename("Ada", to: router, from: sender)
        #expect(said.map(\.type) == ["name_changed"])
        #expect(said.first?.content as? [String: String] == ["old_name": "User1", "new_name": "Ada"])
        let heard = try router.said(to: other)
        #expect(heard.map(\.type) == ["user_renamed"])
        #expect(heard.first?["from_name"] as? String == "Ada")
    }

    @Test("what the rules of names refuse is refused with one text, and nobody hears of it")
    func isRefused() throws {
        let (sender, other) = (router.join(), router.join())
        let said = try rename("System", to: router, from: sender)
        #expect(said.map(\.code) == ["invalid_name"])
        #expect(said.first?.content["message"] as? String == "Invalid name (1-20 characters required)")
        #expect(try router.said(to: other).isEmpty)
    }

    @Test(
        "no name, and a name that is no string, are refused the same way",
        arguments: ["", ",\"name\":null", ",\"name\":5", ",\"name\":{}", ",\"name\":[\"a\"]"])
    func noString(member: String) throws {
        let said = try router.ask(#"{"type":"set_name"\#(member)}"#, from: router.join())
        #expect(said.map(\.code) == ["invalid_name"])
    }

    @Test("the longest name and the forbidden characters are settings")
    func settings() throws {
        let entry = PipelinePlan.Entry(
            Rename.self,
            settings: [
                .init(key: "max_length", value: .scalar("3", quoted: false)),
                .init(key: "forbidden_characters", value: .scalar("xé", quoted: true)),
            ])
        let router = TestRouter([entry])
        let sender = router.join()
        for (name, isAllowed) in [
            ("<a>", true), ("abcd", false), ("x", false), ("é", false), ("e", true), ("axb", false),
        ] {
            let said = try rename(name, to: router, from: sender)
            #expect(said.map(\.type) == [isAllowed ? "name_changed" : "error"], "\(name)")
            if !isAllowed {
                #expect(said.first?.content["message"] as? String == "Invalid name (1-3 characters required)")
            }
        }
    }

    @Test("a name is given up by whoever left, and comes back with the next one's own")
    func namesDoNotStay() throws {
        let (first, other) = (router.join(), router.join())
        _ = try rename("Ada", to: router, from: first)
        router.lose(first)
        router.endTurn()
        router.sink.forget()
        router.open(first)
        router.endTurn()
        _ = try rename("Ada", to: router, from: first)
        #expect(try router.said(to: other).map { $0.content["old_name"] as? String } == ["User3"])
    }
}
