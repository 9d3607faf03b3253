import HandlerTesting
import Testing

/// One script over one transport.
struct Talk: Sendable, CustomTestStringConvertible {
    let script: Conversation
    let transport: ConversationTransport
    var ioThreads = 1
    var testDescription: String {
        "\(script.name) over \(transport.rawValue)" + (ioThreads > 1 ? " with \(ioThreads) I/O loops" : "")
    }

    static let all = Scripts.chosen.flatMap { script in
        ConversationTransport.allCases.filter { script.transport == nil || script.transport == $0 }
            .map { Talk(script: script, transport: $0) }
    }

    /// Every second client is on another loop than the router.
    static let withTwoLoops = all.filter { $0.transport == .socket && !$0.script.needsOneLoop }
        .map { Talk(script: $0.script, transport: .socket, ioThreads: 2) }
}

@Suite("The conversations", .serialized)
struct ConversationsTests {
    @Test(
        "Each is held in memory, over a socket, and over sockets of two I/O loops, word for word",
        .timeLimit(.minutes(1)), arguments: Talk.all + Talk.withTwoLoops)
    func holds(talk: Talk) async throws {
        try await Servers.hold(talk.script, over: talk.transport, ioThreads: talk.ioThreads)
    }
}
