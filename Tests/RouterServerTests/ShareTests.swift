import Handlers
@testable import RouterServer
import TestSupport
import Testing

@Suite("What one client may have among the messages that wait for the router")
struct ShareTests {
    private func message(_ content: String) -> [UInt8] {
        ClientFrame.text(#"{"type":"message","content":"\#(content)"}"#)
    }

    @Test("of a client that floods 256 messages wait, others' go in between, and all are handled in order")
    func flood() throws {
        let server = EmbeddedLoops([Broadcast.self], loops: 2)
        let (flood, other) = (try server.open(on: 1), try server.open(on: 1))
        let listener = try server.open(on: 0)
        try flood.send((0..<1_000).flatMap { message("\($0)") }, turning: false)
        #expect(server.loops[1].arrivals.events.count == 256)
        try other.send(message("between"), turning: false)
        server.turn()
        let posts = try listener.said().filter { $0.type == "message" }.map(\.contentText)
        #expect(posts.firstIndex(of: "between") == 256)
        #expect(posts.filter { $0 != "between" } == (0..<1_000).map { "\($0)" })
    }

    @Test("a share is of one collection: with the next it begins anew")
    func collections() {
        var share = Share()
        for _ in 0..<255 { share.add(to: 1) }
        #expect(!share.isFull(in: 1))
        share.add(to: 1)
        #expect(share.isFull(in: 1) && !share.isFull(in: 2))
        share.add(to: 2)
        #expect(!share.isFull(in: 2))
    }
}
