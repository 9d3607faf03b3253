import NIOCore
import Testing

@testable import WebSocketWire

@Suite struct ControlFrameTests {
    @Test("pings and pongs of 0 to 125 bytes arrive with their payload, longer ones are refused")
    func sizes() {
        for size in 0...125 {
            let payload = [UInt8](repeating: 0xFE, count: size)
            #expect(Reading(ClientFrame(.ping, payload).bytes).events == [.ping(ByteBuffer(bytes: payload))])
            #expect(Reading(ClientFrame(.pong, payload).bytes).events == [.pong(ByteBuffer(bytes: payload))])
        }
        #expect(Reading(ClientFrame(.ping, [UInt8](repeating: 0, count: 126)).bytes).fault == .longControl)
        #expect(Reading(ClientFrame(.close, [UInt8](repeating: 0, count: 126)).bytes).fault == .longControl)
    }

    @Test("control frames between fragments come at once and leave the message whole")
    func betweenFragments() {
        let frames = [
            ClientFrame(text: "Hel", isFinal: false), ClientFrame(.ping, [1]),
            ClientFrame(.continuation, [], isFinal: false),
            ClientFrame(.pong, [2]), ClientFrame(.continuation, Array("lo".utf8)),
        ]
        #expect(
            Reading(frames.bytes).events == [
                .ping(ByteBuffer(bytes: [1])), .pong(ByteBuffer(bytes: [2])), .text("Hello"),
            ])
    }

    @Test("a close between fragments ends the connection, and what follows is thrown away")
    func closeEndsAll() throws {
        let stream = [ClientFrame(text: "a", isFinal: false), ClientFrame(close: 1000), ClientFrame(text: "b")].bytes
        var decoder = FrameDecoder()
        var input = ByteBuffer(bytes: stream)
        #expect(try decoder.next(&input) == .close(.normal, reason: ""))
        #expect(try decoder.next(&input) == nil)
        #expect(input.readableBytes == 0)
        #expect(decoder.heldBytes == 0)
    }

    @Test("after a fault nothing more is read")
    func faultEndsAll() throws {
        var decoder = FrameDecoder()
        var input = ByteBuffer(bytes: [0xFF, 0xFF] + ClientFrame(text: "a").bytes)
        #expect(throws: WebSocketFault.reservedBits) { try decoder.next(&input) }
        input.writeBytes(ClientFrame(text: "b").bytes)
        #expect(try decoder.next(&input) == nil)
        #expect(input.readableBytes == 0)
    }

    @Test("a close has no payload, or a code that RFC 6455 lets a peer send")
    func closeCodes() {
        #expect(Reading(ClientFrame(.close).bytes).events == [.close(nil, reason: "")])
        #expect(Reading(ClientFrame(.close, [3]).bytes).fault == .oneByteClose)
        let allowed = Set(Array(1000...1003) + Array(1007...1014) + Array(3000...4999))
        for code in 0...UInt16.max {
            let reading = Reading(ClientFrame(close: code).bytes)
            if allowed.contains(Int(code)) {
                #expect(reading.events == [.close(CloseCode(rawValue: code), reason: "")])
            } else {
                #expect(reading.fault == .closeCode, "\(code)")
            }
        }
    }

    @Test("every close code of ours is one that clients can receive")
    func ownCodes() {
        let codes: [CloseCode] = [
            .normal, .goingAway, .protocolError, .invalidPayload, .policyViolation, .messageTooBig, .internalError,
            .serviceRestart, .tryAgainLater, .authenticationFailed, .authenticationTimeout, .kicked, .banned, .replaced,
            .tokenExpired, .rateLimited, .tooManyConnections, .slowReader, .noPong,
        ]
        let numbers = [1000, 1001, 1002, 1007, 1008, 1009, 1011, 1012, 1013] + [4001, 4002, 4003, 4004, 4005, 4006]
        #expect(codes.map { Int($0.rawValue) } == numbers + [4101, 4102, 4103, 4104])
        #expect(codes.allSatisfy { $0.mayBeReceived })
    }

    @Test(
        "a close reason is up to 123 bytes of UTF-8",
        arguments: [
            (Array("bye".utf8), nil), (Array("тысяча".utf8), nil), ([UInt8](repeating: 0x41, count: 123), nil),
            ([0xC3], .reasonNotUTF8), ([0xED, 0xA0, 0x80], .reasonNotUTF8), ([0x41, 0xFF], .reasonNotUTF8),
        ] as [([UInt8], WebSocketFault?)])
    func closeReason(reason: [UInt8], fault: WebSocketFault?) {
        let reading = Reading(ClientFrame(close: 1001, reason).bytes)
        #expect(reading.fault == fault)
        if fault == nil {
            #expect(reading.events == [.close(.goingAway, reason: String(decoding: reason, as: UTF8.self))])
        }
    }
}
