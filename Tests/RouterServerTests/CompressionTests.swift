import HandlerKit
import Handlers
import NIOCore
@testable import RouterServer
import TestSupport
import Testing
import WebSocketWire

@Suite("Compressed messages of many clients on one loop (RFC 7692)")
struct CompressionTests {
    private let server = EmbeddedServer([Broadcast.self], limits: ["max_frame_bytes": "64 KiB"])
    private let deflater = Deflater()

    private func open(to server: EmbeddedServer? = nil) throws -> EmbeddedClient {
        let offer = "permessage-deflate"
        let client = try (server ?? self.server).connect()
        try client.send(
            EmbeddedClient.upgrade.dropLast(2) + Array("Sec-WebSocket-Extensions: \(offer)\r\n\r\n".utf8))
        #expect(client.http().contains("\r\nSec-WebSocket-Extensions: permessage-deflate; "))
        return client
    }

    private func compressed(_ message: [UInt8]) -> [UInt8] {
        var buffer = ByteBuffer()
        message.withUnsafeBytes { deflater.append(compressed: $0, windowBits: 15, to: &buffer) }
        return Array(buffer.readableBytesView)
    }

    private func post(_ content: String) -> [UInt8] { Array(#"{"type":"message","content":"\#(content)"}"#.utf8) }

    @Test("messages of two that come in turns, a few bytes each, do not get into each other's way")
    func interleaved() throws {
        let witness = try server.open()
        let clients = [try open(), try open()]
        let streams = ["first", "second"].map { text in
            let payload = compressed(post(String(repeating: text, count: 40)))
            return ClientFrame.frame(0x41, Array(payload.prefix(9)))
                + ClientFrame.frame(0x80, Array(payload.dropFirst(9)))
        }
        witness.forget()
        for place in stride(from: 0, to: streams.map(\.count).max() ?? 0, by: 3) {
            for (client, stream) in zip(clients, streams) { try client.send(Array(stream.dropFirst(place).prefix(3))) }
        }
        let contents = try witness.said().map { $0["content"] as? String }
        #expect(Set(contents) == [String(repeating: "first", count: 40), String(repeating: "second", count: 40)])
    }

    @Test("a message of a moment ago is not changed by the next one of the same read")
    func severalInOneRead() throws {
        let witness = try server.open()
        let client = try open()
        witness.forget()
        let texts = (1...20).map { "text \($0)" }
        try client.send(texts.flatMap { ClientFrame.frame(0xC1, compressed(post($0))) })
        #expect(try witness.said().map { $0["content"] as? String } == texts)
    }

    @Test("who would inflate to more than max_frame_bytes is closed with 1009, and the others go on")
    func bomb() throws {
        let (client, other) = (try open(), try open())
        try client.send(ClientFrame.frame(0xC1, compressed([UInt8](repeating: 0x20, count: 65_537))))
        #expect(client.frames().map(\.closeCode) == [1009])
        try other.send(ClientFrame.frame(0xC1, compressed(Array(#"{"type":"message","ref":1}"#.utf8))))
        #expect(try other.said().map(\.type) == ["ack"])
    }

    @Test("what is too large is not inflated any more once its client is being closed, and others are served between")
    func closing() throws {
        let strict = EmbeddedServer(
            [Broadcast.self], limits: ["max_bad_messages": "2", "max_inflated_in_vain": "1 GiB"])
        let client = try open(to: strict)
        let vain = ClientFrame.frame(0xC1, compressed([UInt8](repeating: 0x20, count: 1 << 20)))
        try client.send(vain + vain)
        #expect(client.frames().compactMap(\.closeCode) == [1008])
        // Bytes that are no deflate data: nobody looks at them any more, only at the close frame behind them.
        try client.send(ClientFrame.frame(0xC1, [0xFF, 0xFF]) + ClientFrame.frame(0x81, [0xFF]))
        #expect(client.isOpen)
        try client.send(ClientFrame.frame(0x88, [0x03, 0xE8]))
        #expect(!client.isOpen)
    }

    @Test("behind the message that its client is closed for nothing is looked at")
    func behindTheLast() throws {
        let strict = EmbeddedServer([Broadcast.self], limits: ["max_bad_messages": "1"])
        let client = try open(to: strict)
        let behind = ClientFrame.frame(0xC1, compressed(post("hi")))
        try client.send(ClientFrame.frame(0x81, Array("no object".utf8)) + behind)
        #expect(client.frames().compactMap(\.closeCode) == [1008])
        #expect(strict.loop.inflater.inflated == 0)
    }

    @Test("a message that is longer compressed than one of the largest could be is too large, whatever it inflates to")
    func padded() throws {
        let client = try open()
        let text = compressed(Array(#"{"type":"message","ref":1}"#.utf8))
        let empty: [UInt8] = [0x00, 0x00, 0x00, 0xFF, 0xFF]
        func send(_ blocks: Int) throws -> [String?] {
            let padding = [0, 0, 0xFF, 0xFF] + Array([[UInt8]](repeating: empty, count: blocks).joined())
            try client.send(ClientFrame.frame(0xC1, text + padding + [0]))
            return try client.said().map { $0.code ?? $0.type }
        }
        #expect(try send(2_000) == ["ack"])
        #expect(try send(2_400) == ["message_too_large"])
    }

    @Test("a handshake that agrees on nothing leaves a compressed frame a fault (1002)")
    func declined() throws {
        let client = try server.open()
        try client.send(ClientFrame.frame(0xC1, compressed(post("hi"))))
        #expect(client.frames().map(\.closeCode) == [1002])
    }
}
