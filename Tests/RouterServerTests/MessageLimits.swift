import NIOCore
import TestSupport
import Testing
import WebSocketWire

/// The limits of `LimitTests` that are about a message's size and form.
extension LimitTests {
    func pad(_ count: Int) -> String { String(repeating: "x", count: count) }

    /// A message of as many bytes.
    func message(bytes: Int) -> String {
        #"{"type":"message","ref":1,"x":""# + pad(bytes - 33) + #""}"#
    }

    func messageBytes(_ server: EmbeddedServer) throws {
        let client = try server.open()
        try client.send(message(bytes: 100))
        #expect(try client.said().map(\.type) == ["ack"])
        try client.send(message(bytes: 101))
        #expect(try client.said().map(\.code) == ["message_too_large"])
    }

    func frameBytes(_ server: EmbeddedServer) throws {
        let client = try server.open()
        try client.send(message(bytes: 200))
        #expect(try client.said().map(\.code) == ["message_too_large"])
        try client.send(message(bytes: 201))
        #expect(client.frames().map(\.closeCode) == [1009])
    }

    func fragments(_ server: EmbeddedServer) throws {
        let client = try server.open()
        let text = Array(message(bytes: 60).utf8)
        try client.send(ClientFrame.frame(0x01, Array(text[..<9])) + ClientFrame.frame(0x80, Array(text[9...])))
        #expect(try client.said().map(\.type) == ["ack"])
        try client.send([0x01, 0x00, 0x00].flatMap { ClientFrame.frame($0, [0x20]) })
        #expect(client.frames().map(\.closeCode) == [nil, 1008])
    }

    /// Each of the messages is too large; what they were inflated to is counted to the byte.
    func inflatedInVain(_ server: EmbeddedServer) throws {
        let client = try server.connect()
        try client.send(
            EmbeddedClient.upgrade.dropLast(2) + Array("Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n".utf8))
        _ = client.http()
        func send(_ size: Int) throws -> [ServerFrame] {
            try client.send(ClientFrame.frame(0xC1, compressed([UInt8](repeating: 0x20, count: size))))
            return client.frames()
        }
        #expect(try send(10_240).filter { $0.opcode == 8 }.isEmpty)  // no object, but not too large
        for _ in 1...2 {
            #expect(try send(32 << 10).map(\.closeCode) == [nil])
            #expect(try send(32 << 10).map(\.closeCode) == [nil])
            server.pass(.seconds(10))
        }
        #expect(try send(64 << 10).map(\.closeCode) == [nil])
        #expect(try send(10_241).map(\.closeCode) == [nil, nil, 1008])
    }

    private func compressed(_ message: [UInt8]) -> [UInt8] {
        var buffer = ByteBuffer()
        message.withUnsafeBytes { Deflater().append(compressed: $0, windowBits: 15, to: &buffer) }
        return Array(buffer.readableBytesView)
    }
}
