import Foundation
import HandlerKit
import HandlerTesting
import Handlers
import RouterConfig
import RouterCore
import TestSupport
import Testing

@Suite("A handler whose line is removed from plugins.yaml takes its types with it, and nothing else")
struct RemovedLineTests {
    /// What each handler of plugins.yaml answers, and what it sends.
    private static let shipped: [String: (types: [String], sends: Set<String>)] = [
        "rate-limit": ([], []),
        "lobby": (["get_users", "get_stats"], ["welcome", "users", "join", "leave", "stats"]),
        "rename": (["set_name"], ["name_changed", "user_renamed"]),
        "rooms": (
            ["get_rooms", "join_room", "leave_room"], ["rooms", "room_joined", "room_left", "room_join", "room_leave"]
        ),
        "emoji": ([], []),
        "image": (["image"], ["image"]),
        "history": (["get_history"], ["history"]),
        "typing": (["typing"], ["typing"]),
        "private": (["private_message"], ["private_message", "private_message_sent"]),
        "broadcast": (["message"], ["message"]),
    ]

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static func plan(without removed: String? = nil) throws -> PipelinePlan {
        var lines = try String(contentsOf: root.appending(path: "plugins.yaml"), encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false)
        if let removed, let first = lines.firstIndex(where: { $0.hasPrefix("  - \(removed)") }) {
            let end = lines[(first + 1)...].firstIndex { !$0.hasPrefix("    ") } ?? lines.endIndex
            lines.removeSubrange(first..<end)
        }
        let file = FileManager.default.temporaryDirectory.appending(path: "plugins-\(UUID().uuidString).yaml")
        defer { try? FileManager.default.removeItem(at: file) }
        try lines.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
        let loaded = try ConfigurationFile.load(
            root.appending(path: "config/chat.yaml").path, handlers: bundledHandlers, plugins: file.path)
        #expect(loaded.warnings.isEmpty)
        var plan = loaded.plan
        plan.entries.removeAll { shipped[$0.handler.name] == nil }
        return plan
    }

    @Test("plugins.yaml lists the handlers that are tried here")
    func listed() throws {
        #expect(try Set(Self.plan().entries.map { $0.handler.name }) == Set(Self.shipped.keys))
    }

    /// Messages of every type, the rename last, since what follows it would carry another name.
    private static let script = [
        (type: "get_history", text: #"{"type":"get_history","ref":"h"}"#),
        (type: "get_users", text: #"{"type":"get_users"}"#),
        (type: "message", text: #"{"type":"message","content":"hi","ref":"m"}"#),
        (type: "get_stats", text: #"{"type":"get_stats","ref":"s"}"#),
        (type: "private_message", text: #"{"type":"private_message","to_id":2,"content":"psst"}"#),
        (type: "private_message", text: #"{"type":"private_message","to_id":99,"content":"psst"}"#),
        (type: "message", text: #"{"type":"message","content":5}"#),
        (type: "image", text: #"{"type":"image","url":"https://example.com/a.png","ref":"i"}"#),
        (type: "get_rooms", text: #"{"type":"get_rooms","ref":"r"}"#),
        (type: "join_room", text: #"{"type":"join_room","room":"general","ref":"j"}"#),
        (type: "leave_room", text: #"{"type":"leave_room"}"#),
        (type: "typing", text: #"{"type":"typing","is_typing":true,"ref":"t"}"#),
        (type: "nothing", text: #"{"type":"nothing","ref":7}"#),
        (type: "set_name", text: #"{"type":"set_name","name":""}"#),
        (type: "set_name", text: #"{"type":"set_name","name":"Ada","ref":"n"}"#),
    ]

    /// What the sender and a bystander get: first for coming, then for each message of the script, and the sender for the
    /// bystander's leaving.
    private func conversation(_ plan: PipelinePlan) throws -> [[Said]] {
        let router = TestRouter(plan.entries)
        let sender = router.open()
        let other = router.open()
        router.endTurn()
        var heard = [try router.said(to: sender), try router.said(to: other)]
        for line in Self.script {
            router.post(line.text, from: sender)
            router.endTurn()
            heard.append(try router.said(to: sender))
            heard.append(try router.said(to: other))
        }
        router.lose(other)
        router.endTurn()
        heard.append(try router.said(to: sender))
        return heard
    }

    /// What a frame says but for its id, which counts all kinds of messages, and for what welcome tells of the pipeline.
    private func plain(_ said: Said) throws -> String {
        var json = said.json
        json["id"] = nil
        if said.type == "ack" { json["content"] = nil }
        if said.type == "welcome", var content = json["content"] as? [String: Any] {
            content["types"] = nil
            content["limits"] = nil
            json["content"] = content
        }
        return String(decoding: try JSONSerialization.data(withJSONObject: json, options: .sortedKeys), as: UTF8.self)
    }

    @Test("its types become unknown, all else is unchanged", arguments: shipped.keys.sorted())
    func removed(handler: String) throws {
        let (types, sends) = try #require(Self.shipped[handler])
        let whole = try conversation(Self.plan())
        let without = try conversation(Self.plan(without: handler))
        #expect(!without.joined().contains { sends.contains($0.type) })
        for index in whole.indices {
            let step = (index - 2) / 2
            if Self.script.indices.contains(step), index >= 2, types.contains(Self.script[step].type) {
                let answer = index.isMultiple(of: 2) ? ["unknown_type"] : []
                #expect(without[index].map(\.code) == answer, "\(Self.script[step].text)")
                #expect(without[index].allSatisfy { $0["ref"] as? String == whole[index].last?["ref"] as? String })
            } else {
                let expected = whole[index].filter { !sends.contains($0.type) }
                #expect(try without[index].map(plain) == expected.map(plain))
            }
        }
    }

    @Test("welcome names the types that are left", arguments: shipped.keys.sorted().filter { $0 != "lobby" })
    func types(handler: String) throws {
        let (types, _) = try #require(Self.shipped[handler])
        let all = Set(Self.shipped.values.flatMap(\.types))
        let welcome = try conversation(Self.plan(without: handler))[0].first
        #expect(welcome?.content["types"] as? [String] == all.subtracting(types).sorted())
        let limits = welcome?.content["limits"] as? [String: Any]
        #expect((limits?["messages_per_second"] == nil) == (handler == "rate-limit"))
    }

    @Test("without rate-limit nobody is refused for sending much")
    func noRateLimit() throws {
        for (removed, refused) in [(nil, 5), ("rate-limit", 0)] {
            let router = TestRouter(try Self.plan(without: removed).entries)
            let sender = router.join()
            for _ in 0..<25 { router.post(#"{"type":"message","content":"x"}"#, from: sender) }
            router.endTurn()
            #expect(try router.said(to: sender).filter { $0.code == "rate_limited" }.count == refused)
        }
    }
}
