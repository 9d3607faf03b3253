import HandlerKit
import HandlerTesting
import Handlers
import Testing

/// Plays the exchange that README shows: two clients of the shipped pipeline, of whom README is the second.
///
///     you   > {"type":"set_name","name":"Ada"}      what you send
///     you   < {"type":"name_changed",…}             what you get
///     other < {"type":"user_renamed",…}             what the other client gets
struct Exchange: ~Copyable {
    private let router = HandlerHarness(Self.pipeline)
    /// The pipeline that README shows.
    private static let pipeline: [any Handler.Type] = [
        RateLimit.self, Lobby.self, Rename.self, Rooms.self, Emoji.self, Image.self, History.self, Typing.self,
        Private.self, Broadcast.self,
    ]
    private var waiting: [Substring: [String]] = [:]
    private static let clients: [Substring: Int] = ["other": 0, "you": 1]

    init() {
        _ = router.join()
        router.open(1)
    }

    /// The lines of the exchange; one that starts with a space continues the one before it.
    static func lines(of text: String) -> [String] {
        text.split(separator: "\n").reduce(into: []) { lines, line in
            if line.hasPrefix(" "), !lines.isEmpty {
                lines[lines.count - 1] += line.drop { $0 == " " }
            } else {
                lines.append(String(line))
            }
        }
    }

    mutating func check(_ line: String) {
        guard let parts = line.wholeMatch(of: /(\w+) *([<>]) (.*)/), let client = Self.clients[parts.1] else {
            Issue.record("not a line of an exchange: \(line)")
            return
        }
        if parts.2 == ">" {
            router.post(String(parts.3), from: client)
        } else {
            receive()
            let next = waiting[parts.1]?.first
            #expect(next == String(parts.3))
            if next != nil { waiting[parts.1]?.removeFirst() }
        }
    }

    mutating func checkNothingIsLeft() {
        receive()
        for (client, frames) in waiting { #expect(frames.isEmpty, "\(client) gets more") }
    }

    private mutating func receive() {
        for (name, client) in Self.clients { waiting[name, default: []] += router.frames(to: client).map(\.text) }
    }
}
