import Handlers
import TestSupport
import Testing

@Suite("However the bytes are split, the result is the same")
struct SplitTests {
    /// What came of a connection: each kind of frame in its order. Between the kinds, pongs may overtake answers.
    private struct Outcome: Equatable {
        var head = ""
        var texts: [String] = []
        var pongs: [String] = []
        var close: Int?
        var isOpen = true
        var heardByOther: [String] = []
    }

    private static let stream: [UInt8] =
        EmbeddedClient.upgrade
        + ClientFrame.text(#"{"type":"message","content":"first","ref":1}"#)
        + ClientFrame.ping("one")
        + ClientFrame.frame(0x01, Array(#"{"type":"mess"#.utf8))
        + ClientFrame.ping("two")
        + ClientFrame.frame(0x80, Array(#"age","content":"süß","ref":2}"#.utf8))
        + ClientFrame.binary([1, 2, 3])
        + ClientFrame.text("no json")
        + ClientFrame.close(1001)

    private func outcome(cuts: [Int]) throws -> Outcome {
        let server = EmbeddedServer([Lobby.self, Broadcast.self])
        let (other, client) = (try server.open(), try server.connect())
        var start = 0
        for cut in cuts + [Self.stream.count] {
            try client.send(Array(Self.stream[start..<cut]))
            start = cut
        }
        var outcome = Outcome(head: client.http())
        for frame in client.frames() {
            switch frame.opcode {
            case 1: outcome.texts.append(frame.text)
            case 10: outcome.pongs.append(frame.text)
            default: outcome.close = frame.closeCode
            }
        }
        outcome.isOpen = client.isOpen
        outcome.heardByOther = other.frames().map(\.text)
        return outcome
    }

    @Test("in two at every position, from the handshake to the close frame")
    func everyPosition() throws {
        let whole = try outcome(cuts: [])
        #expect(whole.texts.count == 5)
        #expect(whole.pongs == ["one", "two"])
        #expect(whole.close == 1001)
        #expect(!whole.isOpen)
        #expect(whole.heardByOther.count == 4)
        for cut in 1..<Self.stream.count { #expect(try outcome(cuts: [cut]) == whole, "cut at \(cut)") }
    }

    @Test("byte by byte")
    func bytes() throws {
        #expect(try outcome(cuts: Array(1..<Self.stream.count)) == outcome(cuts: []))
    }

    @Test("at random positions", arguments: 0..<20)
    func random(seed: UInt64) throws {
        var random = Seeded(seed)
        let cuts = (1..<Self.stream.count).filter { _ in random.happens(1, in: 20) }
        #expect(try outcome(cuts: cuts) == outcome(cuts: []), "cut at \(cuts)")
    }
}
