import Handlers
import TestSupport
import Testing

@Suite("A fault closes with its code, and then our side")
struct FaultTests {
    private let server = EmbeddedServer([Lobby.self, Broadcast.self])

    struct Fault: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let bytes: [UInt8]
        let code: Int
        var isAnnounced = false
    }

    static let faults = [
        Fault(testDescription: "a reserved bit", bytes: ClientFrame.frame(0xC1, []), code: 1002),
        Fault(testDescription: "a reserved opcode", bytes: ClientFrame.frame(0x83, []), code: 1002),
        Fault(testDescription: "no mask", bytes: [0x81, 0x00], code: 1002),
        Fault(testDescription: "a fragmented ping", bytes: ClientFrame.frame(0x09, []), code: 1002),
        Fault(testDescription: "nothing to continue", bytes: ClientFrame.frame(0x80, []), code: 1002),
        Fault(testDescription: "a close frame of one byte", bytes: ClientFrame.frame(0x88, [3]), code: 1002),
        Fault(testDescription: "a close code that may not be sent", bytes: ClientFrame.close(1005), code: 1002),
        Fault(testDescription: "text that is not UTF-8", bytes: ClientFrame.frame(0x81, [0xC0, 0x80]), code: 1007),
        Fault(
            testDescription: "a message that is too big to be read",
            bytes: [0x82, 0xFF, 0, 0, 0, 0, 0, 0x10, 0, 1, 0, 0, 0, 0], code: 1009),
        Fault(
            testDescription: "too many fragments",
            bytes: (0...128).flatMap { ClientFrame.frame($0 == 0 ? 0x01 : 0x00, []) }, code: 1008, isAnnounced: true),
    ]

    @Test(
        "the close frame has the code of the fault; then only the end comes, and what is still sent is not looked at",
        arguments: faults)
    func closed(fault: Fault) throws {
        let (client, other) = (try server.open(), try server.open())
        try client.send(fault.bytes + ClientFrame.text(#"{"type":"message","content":"late"}"#))
        let frames = client.frames()
        #expect(frames.last?.closeCode == fault.code)
        #expect(frames.count == (fault.isAnnounced ? 2 : 1))
        #expect(client.socket.isOutputClosed && client.isOpen)
        #expect(try other.said().map(\.type) == ["leave"])
        try client.send(ClientFrame.text(#"{"type":"message","content":"later"}"#) + [0xFF, 0xFF])
        #expect(try other.said().isEmpty)
        server.pass(.seconds(5))
        #expect(!client.isOpen)
        #expect(server.usersOnline == 1)
    }

    @Test("what a client asked for before its fault is still answered, before the close frame")
    func before() throws {
        let client = try server.open()
        try client.send(ClientFrame.text(#"{"type":"get_stats"}"#) + [0x81, 0x00])
        let frames = client.frames()
        #expect(frames.map(\.opcode) == [1, 8])
        #expect(try Said(frames[0].text).type == "stats")
    }

    @Test("a fault after our own close frame cuts the connection")
    func whileClosing() throws {
        let client = try server.open()
        server.stop()
        try client.send([0x81, 0x00])
        #expect(!client.isOpen)
    }

    @Test("a client's close is answered with its own code, behind all it was to get, and the connection ends")
    func clientCloses() throws {
        let (client, other) = (try server.open(), try server.open())
        try client.send(ClientFrame.text(#"{"type":"get_stats"}"#) + ClientFrame.close(4999) + ClientFrame.text("{}"))
        #expect(client.frames().map(\.closeCode) == [nil, 4999])
        #expect(!client.isOpen)
        #expect(try other.said().map(\.type) == ["leave"])
    }

    @Test("a close frame without a code is answered with 1000")
    func closeWithoutCode() throws {
        let client = try server.open()
        try client.send(ClientFrame.whole(8, []))
        #expect(client.frames().map(\.closeCode) == [1000])
    }

    @Test("a client that is gone without a word leaves once")
    func gone() throws {
        let (client, other) = (try server.open(), try server.open())
        client.disconnect()
        #expect(try other.said().map(\.type) == ["leave"])
        #expect(server.usersOnline == 1)
    }

    @Test("a ping is answered with its own payload, in the middle of a fragmented message too")
    func ping() throws {
        let client = try server.open()
        let text = Array(#"{"type":"get_stats"}"#.utf8)
        try client.send(
            ClientFrame.frame(0x01, Array(text[..<5])) + ClientFrame.ping("are you there")
                + ClientFrame.frame(0x80, Array(text[5...])))
        let frames = client.frames()
        #expect(frames.map(\.opcode).sorted() == [1, 10])
        #expect(frames.first { $0.opcode == 10 }?.text == "are you there")
    }
}
