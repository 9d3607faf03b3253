import Testing

@testable import HandlerTesting

@Suite("The frames of the conversations' clients")
struct FrameTests {
    @Test("A client's frame is masked, and its length is written as short as it can be")
    func encoding() {
        #expect(
            ClientFrame(first: 0x81, payload: [0, 0, 0, 0, 0]).bytes == [
                0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x37, 0xFA, 0x21, 0x3D, 0x37,
            ])
        #expect(ClientFrame(first: 0x82, payload: [7], isMasked: false).bytes == [0x82, 1, 7])
        #expect(
            ClientFrame(first: 0x82, payload: Array(repeating: 0, count: 126)).bytes.prefix(4) == [0x82, 0xFE, 0, 126])
        let long = ClientFrame(first: 0x82, payload: Array(repeating: 0, count: 65_536)).bytes
        #expect(long.prefix(10) == [0x82, 0xFF, 0, 0, 0, 0, 0, 1, 0, 0])
    }

    @Test("A server's frames are taken one by one, and only whole")
    func decoding() throws {
        var bytes: [UInt8] = [0x81, 2, 0x68, 0x69, 0x8A, 0, 0x88, 2, 3, 0xE8, 0x81, 5, 0x68]
        #expect(try ServerFrame(takenFrom: &bytes) == .text("hi"))
        #expect(try ServerFrame(takenFrom: &bytes) == .pong([]))
        #expect(try ServerFrame(takenFrom: &bytes) == .close(1000, reason: ""))
        #expect(try ServerFrame(takenFrom: &bytes) == nil)
        #expect(bytes == [0x81, 5, 0x68])
    }

    @Test(
        "A server's fault is found",
        arguments: [
            [0x81, 0x80, 1, 2, 3, 4], [0xC1, 0], [0x01, 0], [0x83, 0], [0x81, 126, 0, 5],
            [0x81, 127, 0, 0, 0, 0, 0, 0, 1, 0],
            [0x88, 1, 3], [0x88, 2, 3, 0xED], [0x81, 1, 0xFF], [0x88, 3, 3, 0xE8, 0xFF], [0x88, 2, 0, 1],
            [0x89, 126, 0, 126] + Array(repeating: 0, count: 126),
        ] as [[UInt8]])
    func faults(bytes: [UInt8]) {
        var bytes = bytes
        #expect(throws: ScriptFault.self) { try ServerFrame(takenFrom: &bytes) }
    }

    @Test(
        "A handshake counts only with 101, the upgrade, the right accept and no extension that was not offered",
        arguments: [
            ("Upgrade: websocket|Connection: Upgrade|Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", true),
            ("Upgrade: websocket|Connection: Upgrade|Sec-WebSocket-Accept: t3pPLMBiTxaQ9kYGzzhZRbK+xOo=", false),
            ("Connection: Upgrade|Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", false),
            (
                "Upgrade: websocket|Connection: Upgrade|Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=|Sec-WebSocket-Extensions: x",
                false
            ),
        ])
    func handshake(headers: String, isRight: Bool) throws {
        let lines =
            ["HTTP/1.1 101 Switching Protocols"] + headers.split(separator: "|").map(String.init) + ["", "rest"]
        var bytes = Array(lines.joined(separator: "\r\n").utf8)
        let response = try ServerResponse(takenFrom: &bytes)
        #expect((response?.upgradeFault() == nil) == isRight)
        #expect(bytes == Array("rest".utf8))
    }
}
