import HandlerTesting
import Testing

@Suite("The handler that README shows")
struct ShoutTests {
    @Test("Everyone else is told in capitals, the sender how many there were")
    func shouts() throws {
        try converse(
            with: [Shout.self],
            """
            ada and bob join
            ada sends {"type":"shout","content":"hello","ref":1}
            bob gets {"type":"shout","from_id":1,"from_name":"User1","content":{"text":"HELLO"},"timestamp":NOW}
            ada gets {"type":"shouted","content":{"listeners":1},"timestamp":NOW}
            ada gets {"type":"ack","ref":1,"content":{},"timestamp":NOW}
            """)
    }

    @Test("Its setting max_length is the longest shout; a longer one is refused and nobody hears it")
    func refuses() throws {
        try converse(
            with: [Shout.self],
            """
            plugins: shout.max_length = 3
            ada and bob join
            ada sends {"type":"shout","content":"hey"}
            bob gets {"type":"shout","from_id":1,"from_name":"User1","content":{"text":"HEY"},...}
            ada gets {"type":"shouted",...}
            ada sends {"type":"shout","content":"heya"}
            ada gets {"type":"error","content":{"message":"A shout has 1 to 3 characters","code":"invalid_message"},...}
            bob gets nothing
            """)
    }
}
