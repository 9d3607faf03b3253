import HandlerTesting
import Handlers
import Testing

@testable import dice_router

struct MoreTests {
    @Test("quiet: a message in capitals is refused, and any other passes")
    func quiet() throws {
        try converse(
            with: [Quiet.self, Broadcast.self],
            """
            ada and bob join
            ada sends {"type":"message","content":"HELLO THERE"}
            ada gets {"type":"error","content":{"message":"Please don't shout",...},...}
            ada sends {"type":"message","content":"Hello there"}
            bob gets {"type":"message","from_id":1,"from_name":"User1","content":"Hello there",...}
            """)
    }

    @Test("remind: the reminder comes when it is time, and not before")
    func remind() throws {
        try converse(
            with: [Remind.self],
            """
            ada joins
            ada sends {"type":"remind","text":"tea","seconds":180}
            179s pass
            ada gets nothing
            1s passes
            ada gets {"type":"reminder","content":{"text":"tea"},"timestamp":NOW}
            """)
    }

    @Test("prime: small and large numbers are answered, in the order in which they were asked")
    func prime() throws {
        try converse(
            with: [Prime.self],
            """
            ada joins
            ada sends {"type":"prime","number":9999999967}
            ada sends {"type":"prime","number":91}
            ada gets {"type":"prime","content":{"is_prime":true},"timestamp":NOW}
            ada gets {"type":"prime","content":{"is_prime":false},"timestamp":NOW}
            """)
    }

    @Test("quiet, remind, prime: what holds for every handler holds for these", arguments: [0, 1, 2])
    func conformance(_ index: Int) throws {
        let handlers: [any Handler.Type] = [Quiet.self, Remind.self, Prime.self]
        try checkConformance(of: handlers[index])
    }
}
