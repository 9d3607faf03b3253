import HandlerKit
import HandlerTesting
import Handlers
import Logging
import RouterCore
import RouterServer
import Testing

@Suite("The handler that README shows")
struct ShoutTests {
    @Test("Everyone else is told in capitals, the sender how many there were")
    func shouts() throws {
        try converse(
            [.init(Lobby.self), .init(Shout.self)],
            """
            ada joins
            bob joins
            ada sends {"type":"shout","content":"hello","ref":1}
            bob gets {"type":"shout","from_id":1,"from_name":"User1","content":{"text":"HELLO"},"timestamp":NOW}
            ada gets {"type":"shouted","content":{"listeners":1},"timestamp":NOW}
            ada gets {"type":"ack","ref":1,"content":{},"timestamp":NOW}
            """)
    }

    @Test("Its setting max_length is the longest shout; a longer one is refused and nobody hears it")
    func refuses() throws {
        let short = SettingInput.Pair(key: "max_length", value: .scalar("3", quoted: false))
        try converse(
            [.init(Lobby.self), .init(Shout.self, settings: [short])],
            """
            ada joins
            bob joins
            ada sends {"type":"shout","content":"hey"}
            bob gets {"type":"shout","from_id":1,"from_name":"User1","content":{"text":"HEY"},...}
            ada gets {"type":"shouted",...}
            ada sends {"type":"shout","content":"heya"}
            ada gets {"type":"error","content":{"message":"A shout has 1 to 3 characters","code":"invalid_message"},...}
            bob gets nothing
            """)
    }

    /// Holds a conversation with a router in memory that has these handlers and otherwise the defaults.
    private func converse(_ pipeline: [PipelinePlan.Entry], _ script: String) throws {
        let options = ServerOptions(
            listen: ListenAddress(host: "127.0.0.1", port: 0), allowedOrigins: [], limits: Limits(),
            timeouts: Timeouts(), plan: PipelinePlan(pipeline),
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let server = try MemoryServer(options)
        try Conversation(script, name: "shout").run(with: server)
        try server.shutDown()
    }
}
