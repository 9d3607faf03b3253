import HandlerKit
import JSONWire
import NIOCore
@testable import RouterCore
import TestSupport
import Testing

@Suite("A room's posts in memory")
struct PostWindowTests {
    /// What is kept, as a plain list.
    private struct Model {
        let maxPosts: Int
        let maxBytes: Int
        var posts: [(id: Int64, name: String, content: String)] = []

        private func size(_ post: (id: Int64, name: String, content: String)) -> Int {
            "message".utf8.count + post.name.utf8.count + post.content.utf8.count
        }

        mutating func append(_ id: Int64, _ name: String, _ content: String) {
            posts.append((id, name, content))
            while posts.count > maxPosts || posts.reduce(0, { $0 + size($1) }) > maxBytes { posts.removeFirst() }
        }

        func page(before: Int64, limit: Int, maxBytes: Int) -> [Int64] {
            var page: [Int64] = []
            var room = maxBytes
            for post in posts.reversed() where post.id < before {
                room -= size(post)
                if page.count == limit || (room < 0 && !page.isEmpty) { break }
                page.append(post.id)
            }
            return page.reversed()
        }
    }

    private func frame(_ id: Int64, _ name: String, _ content: String) -> OutgoingFrame {
        OutgoingFrame(
            type: "message", party: .init(id: id * 7, text: lasting("…\(name)"), nameLength: name.utf8.count),
            content: lasting(content), timestamp: id + 1_000, id: id)
    }

    @Test(
        "the newest are kept, within both limits, and every page of them is right; against a plain list",
        arguments: 0..<60)
    func likeAList(seed: UInt64) {
        var random = Seeded(seed)
        let maxPosts = [0, 1, 2, 7, 50, 1_000].randomElement(using: &random)!
        let maxBytes = [0, 1, 30, 200, 5_000, 20_000].randomElement(using: &random)!
        var window = PostWindow(maxPosts: maxPosts, maxBytes: maxBytes)
        var model = Model(maxPosts: maxPosts, maxBytes: maxBytes)
        let longest = [3, 40, 400].randomElement(using: &random)!
        var id: Int64 = 0
        for _ in 0..<300 {
            id += Int64.random(in: 1...3, using: &random)
            let name = text(upTo: 9, &random)
            let content = text(upTo: random.happens(1, in: 20) ? longest * 3 : longest, &random)
            window.append(frame(id, name, content))
            model.append(id, name, content)
            if random.happens(1, in: 5) { check(window, model, id, &random) }
        }
    }

    private func text(upTo length: Int, _ random: inout Seeded) -> String {
        let letters = Array("abcdefghij")
        return String(
            (0..<Int.random(in: 0...length, using: &random)).map { _ in letters.randomElement(using: &random)! })
    }

    private func check(_ window: PostWindow, _ model: Model, _ last: Int64, _ random: inout Seeded) {
        let all = window.page(before: .max, limit: .max, maxBytes: .max)
        #expect(all.map(\.id) == model.posts.map(\.id))
        #expect(all.map { String(buffer: $0.sender.text) } == model.posts.map(\.name))
        #expect(all.map { String(buffer: $0.content.text) } == model.posts.map(\.content))
        #expect(all.allSatisfy { $0.senderID == $0.id * 7 && $0.timestamp == $0.id + 1_000 && $0.type == "message" })
        let before = Int64.random(in: 0...last + 2, using: &random)
        let limit = Int.random(in: 1...60, using: &random)
        let maxBytes = Int.random(in: 0...1_000, using: &random)
        #expect(
            window.page(before: before, limit: limit, maxBytes: maxBytes).map(\.id)
                == model.page(before: before, limit: limit, maxBytes: maxBytes))
    }

    @Test("each room keeps its own, and a room that there is not has none")
    func rooms() {
        let windows = PostWindows(rooms: ["a", "b"], maxPosts: 3, maxBytes: 100)
        for id: Int64 in 1...5 { windows.append(frame(id, #""n""#, #""t""#), to: Int(id) % 2) }
        func ids(_ room: String) -> [Int64] {
            guard case .ready(let posts) = windows.page(of: room, before: .max, limit: 9, maxBytes: 99) else {
                return []
            }
            return posts.map(\.id)
        }
        #expect([ids("a"), ids("b"), ids("c")] == [[2, 4], [1, 3, 5], []])
    }

    @Test(
        "limits.max_room_posts, limits.max_room_bytes: a handler reads again what the router keeps",
        arguments: [
            (["max_room_posts": "2"], ["b", "c"]), (["max_room_bytes": "40"], ["b", "c"]),
            (["max_room_posts": "0"], []),
            ([:], ["a", "b", "c"]),
        ])
    func archive(limits: [String: String], kept: [String]) throws {
        let router = TestRouter([Recall.self, Post.self], limits: .with(limits))
        let sender = router.join()
        for content in ["a", "b", "c"] { router.post(#"{"type":"post","content":"\#(content)"}"#, from: sender) }
        let said = try router.ask(#"{"type":"recall"}"#, from: sender)
        #expect(said.map { $0["content"] as? [String] } == [kept])
    }
}

/// Reads the room's posts again.
private struct Recall: Handler {
    static let name = "recall"
    static let summary = ""
    static let types: MessageTypes = ["recall"]
    func handle(_ message: inout Message, _ context: inout Context) throws -> Flow {
        let room = try context.room(of: message)
        if case .ready(let posts) = context.archive.page(of: room, before: .max, limit: 9, maxBytes: 9_999) {
            context.reply("recalled", posts.map(\.content))
        }
        return .handled
    }
}
