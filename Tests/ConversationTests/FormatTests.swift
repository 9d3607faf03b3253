import Testing

@testable import HandlerTesting

@Suite("The format of scripts")
struct FormatTests {
    @Test("The header names rules, settings and changes of the pipeline")
    func header() throws {
        let script = try Conversation(
            """
            # Why this matters.
            rules: P2 P10
            server: echo
            transport: socket
            config: limits.max_connections = 2
            plugins: without rename
            plugins: only echo private
            plugins: rate-limit.burst = 3

            ada joins
            """, name: "x.chat")
        #expect(script.rules == ["P2", "P10"])
        #expect(script.server == "echo")
        #expect(script.transport == .socket)
        #expect(script.settings == [.init(name: "limits.max_connections", value: "2")])
        #expect(
            script.pipeline == [
                .without(handler: "rename"), .only(handlers: ["echo", "private"]),
                .setting(handler: "rate-limit", .init(name: "burst", value: "3")),
            ])
        #expect(script.steps.map(\.line) == [10])
    }

    @Test("One line for several subjects is one step for each, and indented lines belong to the line above")
    func subjects() throws {
        let script = try Conversation("ada, bob and cyd get {\"a\":1,\n    \"b\":2}\nada and bob join", name: "x")
        #expect(script.steps.map(\.line) == [1, 1, 1, 3, 3])
        guard case .gets("cyd", .json(let pattern, _)) = script.steps[2].action else {
            Issue.record("not the step of cyd")
            return
        }
        #expect(pattern.described(noon) == #"{"a":1,"b":2}"#)
    }

    @Test("Blocks are repeated with a counter, texts are repeated in place")
    func repeats() throws {
        let script = try Conversation("2 times:\n    c${n} sends text ${n}${ab * 2}${5-n}${n+1}", name: "x")
        let sent = script.steps.compactMap { step -> [UInt8]? in
            if case .sends(_, let bytes) = step.action { bytes } else { nil }
        }
        #expect(sent == ["1abab42", "2abab33"].map { ClientFrame(first: 0x81, payload: Array($0.utf8)).bytes })
    }

    @Test(
        "Bytes are hex digits and quoted text",
        arguments: [
            (#"81 05 "a\r\n\x00\"b""#, [0x81, 5, 0x61, 13, 10, 0, 0x22, 0x62]), ("", []), (#""é""#, [0xC3, 0xA9]),
        ] as [(String, [UInt8])])
    func bytes(text: String, expected: [UInt8]) throws {
        #expect(try conversationBytes(text) == expected)
    }

    @Test(
        "TOKEN is filled in where it stands in a JSON object, outside of strings",
        arguments: [
            (#"{"a":TOKEN,"b":TOKEN-1,"c":TOKEN of bob}"#, #"{"a":"A2","b":"A1","c":"B1"}"#),
            (#"{"TOKEN":"x\\\"TOKEN","b":TOKEN,"c":"TOKEN"}"#, #"{"TOKEN":"x\\\"TOKEN","b":"A2","c":"TOKEN"}"#),
        ])
    func tokens(text: String, filled: String) throws {
        #expect(try given.fill(text, sentBy: "ada") == filled)
        let script = try Conversation("ada sends \(text)\nada sends text TOKEN\nada sends {\"a\":\"TOKEN\"}", name: "x")
        let areFilled = script.steps.map { if case .sendsTokens("ada", text) = $0.action { true } else { false } }
        #expect(areFilled == [true, false, false])
    }

    @Test("A token that a client was not given can't be sent, and only what welcome and resumed bring is one")
    func unknownTokens() {
        for text in ["TOKEN-2", "TOKEN of cyd", "TOKEN-1 of bob", "TOKEN of dan"] {
            #expect(throws: ScriptFault.self) { try given.fill(text, sentBy: "ada") }
        }
    }

    /// What two clients have, a third has only been told of.
    private var given: ConversationTokens {
        var tokens = ConversationTokens()
        for (client, type, token) in [
            ("ada", "welcome", "A1"), ("bob", "welcome", "B1"), ("ada", "resumed", "A2"), ("cyd", "message", "C1"),
        ] {
            tokens.note(.text(#"{"type":"\#(type)","content":{"user_id":1,"resume":"\#(token)"}}"#), readBy: client)
        }
        tokens.note(.text(#"{"type":"welcome","content":{},"resume":"D1"}"#), readBy: "dan")
        return tokens
    }

    @Test("A connection waits for 101 unless the script says that it is refused")
    func refusals() throws {
        let script = try Conversation("ada connects\nada is refused 403\nada connects\nada gets nothing", name: "x")
        let refused = script.steps.compactMap { step -> Bool? in
            if case .connects(_, _, let refused) = step.action { refused } else { nil }
        }
        #expect(refused == [true, false])
    }

    @Test(
        "What cannot be read is an error with its line",
        arguments: [
            ("rules: P1\nada dances", 2), ("ada gets {\"a\":}", 1), ("ada gets {\"a\":1", 1),
            ("tempo: 3\nada joins", 1),
            ("  ada joins", 1), ("ada sends bytes 8", 1), ("ada sends bytes \"a", 1), ("5 pass", 1),
            ("ada is refused", 1),
            ("ada joins\nat once:\n  bob joins\n  bob hops", 4), ("ada sends ${x}", 1), ("ada connects with Origin", 1),
            ("config: a\nada joins", 1), ("plugins: burst = 3\nada joins", 1), ("ada gets {\"a\":nought}", 1),
            ("ada gets {...,\"a\":1}", 1), ("transport: pigeon\nada joins", 1), ("ada connects by night", 1),
        ])
    func faults(source: String, line: Int) {
        let failure = #expect(throws: ConversationFailure.self) { try Conversation(source, name: "x.chat") }
        #expect(failure?.line == line)
        #expect(failure?.description.hasPrefix("x.chat:\(line): ") == true)
    }
}

let noon = ConversationTime(unixSeconds: 1_767_355_200, secondsFromUTC: 3_600)
