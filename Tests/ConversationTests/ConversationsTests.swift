import HandlerTesting
import Testing

/// One script over one transport.
struct Talk: Sendable, CustomTestStringConvertible {
    let script: Conversation
    let transport: ConversationTransport
    var testDescription: String { "\(script.name) over \(transport.rawValue)" }

    static let all = Scripts.chosen.flatMap { script in
        ConversationTransport.allCases.filter { script.transport == nil || script.transport == $0 }
            .map { Talk(script: script, transport: $0) }
    }
}

@Suite("The conversations", .serialized)
struct ConversationsTests {
    @Test("Each is held in memory and over a socket, word for word", .timeLimit(.minutes(1)), arguments: Talk.all)
    func holds(talk: Talk) async throws {
        try await Servers.hold(talk.script, over: talk.transport)
    }
}
