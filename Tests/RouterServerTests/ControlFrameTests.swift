import Handlers
import TestSupport
import Testing

@Suite("max_control_frames: pings, and pongs that nobody asked for")
struct ControlFrameTests {
    @Test("the answers to our own pings do not count, one for each")
    func asked() throws {
        let server = EmbeddedServer(
            [Broadcast.self], limits: ["max_control_frames": "1"], timeouts: ["ping": "1s", "pong": "500ms"])
        let client = try server.open()
        for _ in 0..<8 {
            server.pass(.seconds(1))
            #expect(client.frames().map(\.opcode) == [9])
            try client.send(ClientFrame.pong())
        }
        #expect(server.usersOnline == 1)
        try client.send(ClientFrame.pong())
        #expect(server.usersOnline == 1)
        try client.send(ClientFrame.pong())
        #expect(server.usersOnline == 0)
    }

    @Test("what one client sends counts for it alone, and what came before the flood is answered")
    func alone() throws {
        let server = EmbeddedServer([Lobby.self], limits: ["max_control_frames": "3"])
        let (client, other) = (try server.open(), try server.open())
        try other.send((0..<3).flatMap { _ in ClientFrame.ping() })
        try client.send(
            ClientFrame.text(#"{"type":"get_stats"}"#) + (0..<9).flatMap { ClientFrame.ping("\($0)") })
        let frames = client.frames()
        #expect(frames.filter { $0.opcode == 10 }.map(\.text).starts(with: ["0", "1", "2"]))
        #expect(try frames.filter { $0.opcode == 1 }.map { try Said($0.text).type } == ["stats", "error"])
        #expect(frames.last?.closeCode == 1008)
        #expect(server.usersOnline == 1 && other.isOpen)
    }
}
