import HandlerTesting
import Testing

/// A fault, the rule it breaks, and the script that must fail because of it.
struct Planted: Sendable, CustomTestStringConvertible {
    let rule: String
    let what: String
    let script: String
    let fault: PlantedFault
    var testDescription: String { "\(rule): \(what), found by \(script)" }

    init(_ rule: String, _ what: String, _ script: String, _ fault: PlantedFault) {
        self.rule = rule
        self.what = what
        self.script = script
        self.fault = fault
    }

    private static let hi =
        #"{"type":"message","from_id":1,"from_name":"User1","content":"hi","timestamp":1767323045,"id":1,"room":"general"}"#

    static let all = [
        Planted("P2", "the sender sees its own message", "messages.chat", .answer(type: "message", with: hi)),
        Planted("P3", "the receipt is missing", "private-messages.chat", .lose(type: "private_message_sent")),
        Planted("P5", "get_stats is answered twice", "users-and-stats.chat", .double(type: "stats")),
        Planted(
            "P6", "two keys of welcome change places", "welcome.chat",
            .replace(
                type: "welcome", text: #""user_id":1,"user_name":"User1""#, by: #""user_name":"User1","user_id":1"#)),
        Planted(
            "P7", "the total is missing", "users-listed.chat", .replace(type: "users", text: #","total":4"#, by: "")),
        Planted(
            "P8", "join has a key too many", "welcome.chat",
            .replace(type: "join", text: #""user_id""#, by: #""id":2,"user_id""#)),
        Planted(
            "P9", "leave comes from the user", "leaving.chat", .replace(type: "leave", text: "System", by: "User2")),
        Planted("P10", "a text loses its line feed", "messages.chat", .replace(type: "message", text: #"\n"#, by: " ")),
        Planted(
            "P12", "a receipt has from_id", "private-messages.chat",
            .replace(type: "private_message_sent", text: "to_id", by: "from_id")),
        Planted(
            "P13", "old and new name are swapped", "names.chat",
            .replace(type: "user_renamed", text: #""old_name":"User1""#, by: #""old_name":"Ada""#)),
        Planted(
            "P14", "server_time is not padded", "users-and-stats.chat",
            .replace(type: "stats", text: "2026-01-02", by: "2026-1-2")),
        Planted("P16", "one leave gets lost", "many-leave-at-once.chat", .lose(type: "leave")),
        Planted("P16", "each leave comes twice", "leaving.chat", .double(type: "leave")),
        Planted(
            "P16", "users_online lags behind", "many-leave-at-once.chat",
            .replace(type: "leave", text: #""users_online":1}"#, by: #""users_online":2}"#)),
        Planted(
            "P17", "an error says more", "invalid-messages.chat", .replace(type: "error", text: "format", by: "format!")
        ),
        Planted(
            "P18", "a long type is cut elsewhere", "unknown-types.chat",
            .replace(type: "error", text: "x\"", by: "\"")),
        Planted(
            "P21", "an empty message gets an answer", "empty-contents.chat",
            .answer(type: "message", with: #"{"type":"error"}"#)),
        Planted("P22", "what is too large gets no answer", "too-large.chat", .lose(type: "error")),
        Planted("P23", "the wrong close code", "full.chat", .close(1013, as: 1008)),
        Planted("P30", "an ack comes twice", "references.chat", .double(type: "ack")),
        Planted("P30", "an ack comes before what was caused", "references.chat", .late(type: "users")),
        Planted(
            "P30", "an integer ref comes back as a string", "references.chat",
            .replace(type: "ack", text: #""ref":2"#, by: #""ref":"2""#)),
        Planted("P31", "a message with a key is posted again", "keys.chat", .double(type: "message")),
        Planted("P33", "a post has no id", "message-ids.chat", .replace(type: "message", text: #","id":1"#, by: "")),
        Planted(
            "P33", "a private message names a room", "message-ids.chat",
            .replace(type: "private_message", text: #""id":2"#, by: #""id":2,"room":"general""#)),
        Planted("P34", "two posts change places", "order.chat", .swap(type: "message")),
        Planted("P35", "there is no history", "history-on-join.chat", .lose(type: "history")),
        Planted(
            "P35", "the newest posts come first", "history-on-join.chat",
            .replace(type: "history", text: #"[{"id":1,"#, by: #"[{"id":4,"#)),
        Planted(
            "P35", "history comes before what it belongs to", "history-after-room-change.chat",
            .late(type: "room_joined")),
        Planted(
            "P36", "who enters is not counted", "rooms.chat",
            .replace(type: "room_join", text: #""members":2"#, by: #""members":1"#)),
        Planted("P36", "nobody is told who has left", "rooms-leave.chat", .lose(type: "room_leave")),
        Planted(
            "P37", "a post is in another room", "posts-in-rooms.chat",
            .replace(type: "message", text: #""room":"gaming""#, by: #""room":"general""#)),
        Planted("P42", "an end of typing comes twice", "typing-ends.chat", .double(type: "typing")),
        Planted("P42", "what is dropped is not acknowledged", "typing-rate.chat", .lose(type: "ack")),
        Planted(
            "P45", "a refusal does not say when to come back", "rate-limit.chat",
            .replace(type: "error", text: #","retry_after_ms":200"#, by: "")),
        Planted(
            "P46", "one that was missed is not sent", "resume.chat",
            .replace(type: "message", text: #""lost""#, by: #""her own""#)),
        Planted("P46", "what was missed comes twice", "resume-names.chat", .double(type: "message")),
        Planted("P46", "what was missed comes before resumed", "resume-names.chat", .late(type: "resumed")),
        Planted("P46", "a post of its own is sent again", "resume-keys.chat", .add(hi, after: "resumed")),
        Planted("P46", "resumed is missing", "resume-expired.chat", .lose(type: "resumed")),
        Planted(
            "P46", "there is no next token", "resume.chat",
            .replace(type: "resumed", text: #""resume":"0"#, by: #""resume":""#)),
        Planted(
            "P46", "it comes back to a room that it had left", "resume-rooms.chat",
            .replace(type: "resumed", text: #"["random""#, by: #"["general","random""#)),
        Planted(
            "P46", "it comes back without its name", "resume-names.chat",
            .replace(type: "resumed", text: #"Ada \"L\""#, by: "User1")),
        Planted("P46", "a replaced connection may come back", "resume-replaces.chat", .close(4005, as: 4100)),
        Planted("P46", "nobody sees that it is back", "resume-without-grace.chat", .lose(type: "join")),
        Planted(
            "P46", "a leave comes too soon", "resume-grace.chat",
            .add(#"{"type":"leave"}"#, after: "private_message_sent")),
        Planted("P46", "who is refused is not welcomed", "resume-refused.chat", .lose(type: "welcome")),
        Planted(
            "P47", "welcome lists a type that is not taken", "welcome.chat",
            .replace(type: "welcome", text: #""typing"]"#, by: #""typing","whisper"]"#)),
        Planted(
            "P48", "a breach of RFC 6455 is closed as if all were well", "protocol-faults.chat", .close(1002, as: 1000)),
        Planted("P49", "a frame comes after the close", "server-stops.chat", .afterClose(#"{"type":"users"}"#)),
        Planted(
            "P49", "the error before the close is missing", "rate-limit-closes.chat",
            .replace(type: "error", text: #""close":4101,"#, by: "")),
    ]
}

@Suite("Planted faults", .serialized)
struct PlantedFaultsTests {
    @Test("The script of a rule fails when the rule is broken", arguments: Planted.all)
    func isFound(planted: Planted) async throws {
        let script = try Scripts.load(planted.script)
        #expect(script.rules.contains(planted.rule))
        let failure = await #expect(throws: ConversationFailure.self) {
            try await Servers.hold(script, over: .memory, fault: planted.fault)
        }
        #expect((failure?.line ?? 0) > 0)
    }
}
