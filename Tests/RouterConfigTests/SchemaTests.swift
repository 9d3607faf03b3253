import HandlerKit
import Testing

@testable import RouterConfig

/// JSON on one line, to compare.
private func json(_ value: some JSONWritable) -> String {
    value.indentedJSON.split(separator: "\n").map { $0.drop { $0 == " " } }.joined()
}

@Suite("JSON Schema made of declarations")
struct SchemaTests {
    private struct Owner: SettingsSection {
        @Setting("A count.", in: 1...256, unit: "characters") var count = 20
        @Setting("A least count.", in: 2...) var least = 2
        @Setting("A rate.", in: 0.5...10) var rate = 5.0
        @Setting("Whether.") var flag = false
        @Setting("A word.", applies: .newConnections) var word = Metal.gold
        @Setting("A text.") var text = "a: b"
        @Setting("A size.", in: .kibibytes(1)...(.kibibytes(2))) var size: ByteCount = 1_024
        @Setting("Any size.") var anySize: ByteCount = 5
        @Setting("A time.", in: .seconds(1)...) var time: Duration = .seconds(60)
        @Setting("Any time.", applies: .afterRestart) var anyTime: Duration = .zero
        @Setting("Counts.") var list: [Int] = [1, 2]
        @Setting("Its own.") var own = BadgeSize(width: 4, height: 3)
    }

    @Test(
        "Each kind of setting has its range, default and form",
        arguments: [
            (
                "count",
                #"default 20. A change applies at once.","default": 20,"type": "integer","minimum": 1,"maximum": 256}"#
            ),
            ("least", #""default": 2,"type": "integer","minimum": 2}"#),
            ("rate", #""default": 5,"type": "number","minimum": 0.5,"maximum": 10}"#),
            ("flag", #""default": false,"type": "boolean"}"#),
            ("word", #"applies to new connections.","default": "gold","enum": ["tin","gold"]}"#),
            ("text", #""default": "a: b","type": ["string","number","boolean"]}"#),
            (
                "size",
                #""default": "1 KiB","anyOf": [{"type": "integer","minimum": 1024,"maximum": 2048},{"type": "string","pattern": "^(0|[1-9][0-9]*) *(KiB|MiB|GiB)$"}]}"#
            ),
            ("any_size", #""default": 5,"anyOf": [{"type": "integer","minimum": 0},{"type": "string","#),
            ("time", #""default": "1m","type": "string","pattern": "^(0|[1-9][0-9]{0,9})(ms|s|m|h|d)$"}"#),
            ("any_time", #"after a restart.","default": "0s","anyOf": [{"const": 0},{"type": "string","#),
            ("list", #""default": [1,2],"type": "array","items": {"type": "integer"}}"#),
            ("own", #""default": "4x3","not": {"type": "null"}}"#),
        ])
    func kinds(_ name: String, _ schema: String) throws {
        let setting = try #require(settings(of: Owner()).first { $0.name == name }?.setting)
        #expect(json(setting.schema).contains(schema), "\(json(setting.schema))")
    }

    @Test("The help is there to be shown, with range, unit and default")
    func help() throws {
        let setting = try #require(settings(of: Owner()).first?.setting)
        #expect(json(setting.schema).hasPrefix(#"{"description": "A count; 1 to 256 characters, default 20. A change"#))
    }

    @Test("types: can name what a handler takes, and nothing where it takes no types")
    func types() {
        struct Filter: Handler {
            static let name = "filter"
            static let summary = "Looks."
            static let types = MessageTypes.all
        }
        struct Watcher: Handler {
            static let name = "watcher"
            static let summary = "Watches."
            static let types: MessageTypes = []
        }
        func types(of handler: any Handler.Type) -> String {
            let schema = json(FileSchema.plugins(handlers: [handler]))
            return schema.firstRange(of: #""types": "#).map { String(schema[$0.lowerBound...]) } ?? "none"
        }
        #expect(
            types(of: Nickname.self).contains(#""minItems": 1,"uniqueItems": true,"items": {"enum": ["set_name"]}"#))
        #expect(
            types(of: Filter.self).contains(#""uniqueItems": true,"items": {"type": ["string","number","boolean"]}"#))
        #expect(types(of: Watcher.self) == "none")
    }

    @Test("The schema of the tests' own handlers is the one that the clients' tests add to the shipped one")
    func listed() throws {
        try ConfigCase.expect(FileSchema.plugins(handlers: ListedHandlers.ours).indentedJSON, in: "listed.schema.json")
    }
}

@Suite("YAML's values as JSON")
struct CoreSchemaTests {
    @Test(
        "Scalars are resolved as YAML 1.2's core schema says",
        arguments: [
            ("5", "5"), ("-7", "-7"), ("0.25", "0.25"), ("1e3", "1000"), ("true", "true"), ("False", "false"),
            ("~", "null"), ("null", "null"), ("\"5\"", "\"5\""), ("'true'", "\"true\""), ("10s", "\"10s\""),
            ("yes", "\"yes\""), ("12:30", "\"12:30\""), ("[a, 1]", "[\"a\",1]"),
            ("{a: [], b: {}}", "{\"a\": [],\"b\": {}}"),
        ])
    func scalars(_ yaml: String, _ expected: String) throws {
        #expect(json(try #require(CoreSchemaValue(yaml: yaml))) == expected)
    }

    @Test("JSON for people has a line for each member, and leaves strings alone")
    func indented() {
        let value: JSONMembers = ["a": "{\"[,:\\", "b": [1, 2], "c": [Int](), "d": ["e": 1.5] as JSONMembers]
        let lines = [
            "{", #"  "a": "{\"[,:\\","#, #"  "b": ["#, "    1,", "    2", "  ],", #"  "c": [],"#, #"  "d": {"#,
            #"    "e": 1.5"#, "  }", "}", "",
        ]
        #expect(value.indentedJSON == lines.joined(separator: "\n"))
    }
}
