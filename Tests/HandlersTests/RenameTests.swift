import HandlerKit
import Handlers
import NIOCore
import RouterCore
import TestSupport
import Testing

@Suite("P4, P13, P19, P26: names")
struct RenameTests {
    static let allowed = [
        "A", "Ada", "Ada Lovelace", "12345678901234567890", "José", "Jose\u{301}", "Ольга", "小明", "한국어", "ไทย",
        "عمر", "שרה", "नमस्ते", "👨‍👩‍👧‍👦", "👍🏽", "🇫🇷", "e\u{301}\u{302}\u{303}", "O'Neil", "a\"b", "back\\slash", "&amp;", "-",
        "_",
        "null", "0", "Systema", "My System", "Sуstem", "a\u{200D}b", "a\u{200B}b", "l\u{200F}r", "x\u{FEFF}y",
        "x\u{FE0F}",
        "★", "½", "١٢٣", "\u{AD}soft",
    ]

    static let refused = [
        "", " ", "123456789012345678901", "System", "system", "SYSTEM", "sYsTeM", "Sys\u{200B}tem", "\u{FEFF}System",
        "Sys\u{AD}tem",
        "System\u{200D}", "a<b", "a>b", "<b>", "<", ">", "a\u{0}b", "\u{0}", "a\nb", "a\tb", "\r", "\u{7F}", "a\u{85}b",
        "\u{1B}[31m",
        "a\u{2028}b", "a\u{2029}b", "\u{202E}abc", "a\u{202A}b", "a\u{202B}b", "a\u{202C}b", "a\u{202D}b", "a\u{2066}b",
        "a\u{2067}b", "a\u{2068}b", "a\u{2069}b", "\u{200B}", "\u{200D}\u{200D}", "\u{FEFF}", "\u{AD}",
        "\u{2060}\u{2063}",
        "\u{3000}", "\u{A0}\u{200B}", "\u{2800}", "\u{3164}", "\u{115F}", "\u{1160}", "\u{FFA0}", "\u{180E}",
        "\u{E0020}\u{E007F}",
        "\u{FE0F}", String(repeating: "👨‍👩‍👧‍👦", count: 21), "a" + String(repeating: "\u{301}", count: 5_000),
        "System ", " system",
    ]

    private let router = TestRouter([Rename.self])

    private func rename(_ name: String, to router: TestRouter, from connection: Int) throws -> [Said] {
        var writer = JSONWriter(into: .init())
        (["type": "set_name", "name": name] as JSONMembers).write(to: &writer)
        return try router.ask(String(buffer: writer.buffer), from: connection)
    }

    @Test("allowed", arguments: allowed)
    func isAllowed(name: String) throws {
        let (sender, other) = (router.join(), router.join())
        let said = try rename(name, to: router, from: sender)
        #expect(said.map(\.type) == ["name_changed"])
        #expect(said.first?.content as? [String: String] == ["old_name": "User1", "new_name": name])
        let heard = try router.said(to: other)
        #expect(heard.map(\.type) == ["user_renamed"])
        #expect(heard.first?["from_name"] as? String == name)
    }

    @Test("refused with one text, and nobody hears of it", arguments: refused)
    func isRefused(name: String) throws {
        let (sender, other) = (router.join(), router.join())
        let said = try rename(name, to: router, from: sender)
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

    @Test("a name may have 512 bytes, and not one more", arguments: [512, 513])
    func bytes(count: Int) throws {
        let accents = String(repeating: "\u{301}", count: 255)  // two bytes each
        let name = "a" + accents + (count == 512 ? "b" : "é")
        try #require(name.utf8.count == count && name.count == 2)
        let said = try rename(name, to: router, from: router.join())
        #expect(said.map(\.type) == [count == 512 ? "name_changed" : "error"])
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
