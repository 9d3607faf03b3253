import HandlerKit
import RouterConfig
import RouterCore
import Testing

@Suite("What is told of handlers")
struct HandlerReferenceTests {
    private let list = HandlerList(ListedHandlers.all)

    @Test("All are listed, each with what it does in one line")
    func listing() {
        let lines = list.text.split(separator: "\n")
        #expect(lines.count == ListedHandlers.all.count)
        for (line, handler) in zip(lines, ListedHandlers.all) {
            #expect(line.hasPrefix("\(handler.name) ") && line.hasSuffix("  \(handler.summary)"))
        }
    }

    @Test("One is explained with its messages, its partners and each setting")
    func text() throws {
        #expect(
            try list.reference("badges").text == """
                badges: Gives badges to nicknames.

                Answers: get_badges.

                Needs above it: nickname.

                In plugins.yaml, each setting with its default:

                  - badges:
                      # Most badges of one user.
                      # integer, 1 to 8 badges; a change applies at once
                      most: 3

                      # What they are made of.
                      # one of tin, gold; a change applies to new connections
                      metal: tin

                      # How wide and high they are.
                      # value; a change applies at once
                      size: 4x3

                      # How long they shine; 0 is for ever.
                      # duration, 0s or more; a change applies at once
                      shine: 0s

                      # The message types that it takes part in; without this line all of its own.
                      # types: [get_badges]

                """)
    }

    @Test("One is explained to a program")
    func json() throws {
        let json = try list.reference("badges").indentedJSON
        let lines = json.split(separator: "\n").map { $0.drop { $0 == " " } }.joined()
        #expect(lines.hasPrefix(#"{"name": "badges","summary": "Gives badges to nicknames.","part": "answers","#))
        #expect(lines.contains(#""types": ["get_badges"],"needs": ["nickname"],"settings": [{"name": "most","#))
        #expect(
            lines.contains(
                #"{"name": "most","kind": "integer","default": 3,"least": 1,"most": 8,"unit": "badges","#
                    + #""help": "Most badges of one user.","applies": "at once"}"#))
        #expect(lines.contains(#""kind": "word","words": ["tin","gold"],"default": "tin","least": null,"#))
        #expect(lines.contains(#""kind": "duration","default": "0s","least": "0s","most": null"#))
    }

    @Test(
        "What is shown of each is an entry of a pipeline that loads, with its defaults",
        arguments: 0..<ListedHandlers.all.count)
    func loads(_ index: Int) throws {
        let handler = ListedHandlers.all[index]
        let text = try list.reference(handler.name).text
        let entry = try #require(text.firstRange(of: "  - \(handler.name)")).lowerBound
        let partners = handler.needs.map { "  - \($0)\n" }.joined()
        let folder = try TemporaryFolder()
        let file = try folder.write("plugins.yaml", "pipeline:\n\(partners)\(text[entry...])".utf8)
        let loaded = try ConfigurationFile.load(
            Repository.path("config/chat.yaml"), handlers: ListedHandlers.all, plugins: file)
        #expect(loaded.warnings.isEmpty)
        let declared = settings(of: handler.init())
        let given = try #require(loaded.plan.entries.last).settings
        #expect(given.map(\.key) == declared.map(\.name))
        for (pair, (_, setting)) in zip(given, declared) {
            let text = setting.text
            #expect(setting.assign(pair.value) == nil && setting.text == text)
        }
    }

    @Test(
        "How each takes part is told",
        arguments: [
            ("rate-limit", "\n\nLooks at every message on its way.\n\n"),
            ("lobby", "\n\nAnswers: get_users, get_stats.\n\n"),
            ("echo", "\n\nTakes every frame as it is, text or binary; no JSON is read.\n\n"),
        ])
    func part(_ name: String, _ told: String) throws {
        #expect(try list.reference(name).text.contains(told))
    }

    @Test("A name that is none is refused with the one that was meant, or with all there are")
    func unknown() {
        let near = #expect(throws: UnknownHandler.self) { try list.reference("nikname") }
        #expect(
            near?.description
                == "no handler is named \"nikname\"\nhelp: did you mean \"nickname\"? Lets a user choose a short name.")
        let far = #expect(throws: UnknownHandler.self) { try list.reference("teleport") }
        #expect(far?.description.contains("\nhelp: it can be rate-limit, lobby, ") == true)
    }
}
