import NIOCore
import Seeds
import Testing

@testable import WebSocketWire

@Suite struct UTF8ValidatorTests {
    private func isValid(_ bytes: [UInt8], pieces: [Int] = []) -> Bool {
        var validator = UTF8Validator()
        var rest = bytes[...]
        for size in pieces + [bytes.count] {
            let isValid = Array(rest.prefix(size)).withUnsafeBytes { validator.validate($0) }
            guard isValid else { return false }
            rest = rest.dropFirst(size)
        }
        return validator.isComplete
    }

    private func isValidInSwift(_ bytes: [UInt8]) -> Bool { String(validating: bytes, as: UTF8.self) != nil }

    @Test("all sequences of one and two bytes are judged as Swift judges them, alone and within a longer text")
    func upToTwoBytes() {
        let tail = Array("0123456789abcdef".utf8)
        for first in UInt8.min...UInt8.max {
            #expect(isValid([first]) == isValidInSwift([first]))
            for second in UInt8.min...UInt8.max {
                let bytes = [first, second]
                let expected = isValidInSwift(bytes)
                guard isValid(bytes) == expected, isValid(bytes + tail) == expected, isValid(tail + bytes) == expected
                else {
                    Issue.record("\(bytes)")
                    return
                }
            }
        }
    }

    @Test("all sequences of three bytes are judged as Swift judges them", arguments: 0xC0...0xFF as ClosedRange<UInt8>)
    func threeBytes(first: UInt8) {
        for second in UInt8.min...UInt8.max {
            // What two bytes have spoiled no third one mends, so there the borders are enough.
            let isHopeful = [0x80, 0xBF].contains { isValidInSwift([first, second, $0]) }
            for third in isHopeful ? Array(UInt8.min...UInt8.max) : Self.borders {
                let bytes = [first, second, third]
                let expected = isValidInSwift(bytes)
                guard isValid(bytes) == expected, isValid(bytes + [0x41]) == expected else {
                    Issue.record("\(bytes)")
                    return
                }
            }
        }
    }

    /// Bytes at which the rules change.
    private static let borders: [UInt8] = [
        0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE,
        0xEF,
        0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xF7, 0xF8, 0xFE, 0xFF,
    ]

    @Test("all sequences of four bytes at the borders are judged as Swift judges them, however they are split")
    func fourBytes() {
        for first in Self.borders where first >= 0xC0 {
            for second in Self.borders {
                for third in Self.borders {
                    for fourth in Self.borders where fourth >= 0x7F {
                        let bytes = [first, second, third, fourth]
                        let expected = isValidInSwift(bytes)
                        guard isValid(bytes) == expected, isValid(bytes, pieces: [1, 1, 1]) == expected,
                            isValid([0x41] + bytes, pieces: [3]) == expected
                        else {
                            Issue.record("\(bytes)")
                            return
                        }
                    }
                }
            }
        }
    }

    @Test("the fault comes with the first byte that no text could go on with")
    func failsFast() {
        let endings: [[UInt8]] =
            [[], [0x80], [0x90], [0xA0], [0x80, 0x80], [0x90, 0x80], [0xA0, 0x80], [0x80, 0x80, 0x80]]
            + [[0x90, 0x80, 0x80]]
        let canGoOn = { bytes in endings.contains { self.isValidInSwift(bytes + $0) } }
        for first in Self.borders {
            for second in Self.borders {
                for third in Self.borders {
                    let bytes = [first, second, third]
                    let expected = (1...3).first { !canGoOn(Array(bytes.prefix($0))) }
                    var validator = UTF8Validator()
                    let found = (1...3).first { size in
                        !Array(bytes[size - 1..<size]).withUnsafeBytes { validator.validate($0) }
                    }
                    #expect(found == expected, "\(bytes)")
                }
            }
        }
    }

    @Test("after a fault nothing makes it valid again")
    func staysInvalid() {
        var validator = UTF8Validator()
        let steps: [[UInt8]] = [[0x41, 0xFF], [], [0x41], [0x80, 0xC3, 0xA9]]
        for step in steps {
            #expect(step.withUnsafeBytes { validator.validate($0) } == false)
            #expect(!validator.isComplete)
        }
    }

    @Test("random text, whole or damaged, is judged as Swift judges it, however it is split")
    func randomTexts() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = Seeded(seed)
        let alphabet = Array("aZ0 {\"é߿ࠀ漢퟿\u{E000}🙂👩‍👩‍👧\u{10000}\u{10FFFF}")
        for _ in 0..<3_000 {
            var bytes = (0..<Int.random(in: 0...40, using: &random)).flatMap { _ in
                Array(String(alphabet.randomElement(using: &random)!).utf8)
            }
            if Bool.random(using: &random), !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let expected = isValidInSwift(bytes)
            let pieces = (0..<5).map { _ in Int.random(in: 0...20, using: &random) }
            #expect(isValid(bytes) == expected, "seed \(seed): \(bytes)")
            #expect(isValid(bytes, pieces: pieces) == expected, "seed \(seed): \(bytes) in \(pieces)")
        }
    }

    @Test("a text frame fails at the byte that is wrong, in every place of every fragment")
    func failsFastInFrames() {
        let text = Array("κόσμε🙂".utf8)
        for split in 0...text.count {
            for wrong in 0..<text.count {
                var bytes = text
                bytes[wrong] = 0xFF
                let frames = [
                    ClientFrame(.text, Array(bytes[..<split]), isFinal: false),
                    ClientFrame(.continuation, Array(bytes[split...])),
                ]
                let reading = Reading.byteByByte(frames.bytes)
                #expect(reading.fault == .textNotUTF8)
                #expect(reading.position == (wrong < split ? 6 : 12) + wrong + 1)
            }
        }
    }

    @Test(
        "ASCII in the middle of a code point is a fault, within a fragment, at the start of the next and when thrown away"
    )
    func interruptedByASCII() {
        let plain = Array("plain text".utf8)
        let limits = FrameDecoder.Limits(maxMessageBytes: 4)
        for cut in 1...3 {
            let part = Array("🙂".utf8.prefix(cut))
            let inOne = ClientFrame(.text, part + plain).bytes
            let inTwo = [ClientFrame(.text, part, isFinal: false), ClientFrame(.continuation, plain)].bytes
            for stream in [inOne, inTwo] {
                #expect(Reading(stream).fault == .textNotUTF8)
                #expect(Reading(stream, limits: limits).fault == .textNotUTF8)
            }
        }
    }

    @Test("a text message may not end in the middle of a code point, a fragment may")
    func endsWhole() {
        for cut in 1...3 {
            let part = Array("🙂".utf8.prefix(cut))
            #expect(Reading(ClientFrame(.text, part).bytes).fault == .textNotUTF8)
            let rest = ClientFrame(.continuation, Array("🙂".utf8.dropFirst(cut)))
            #expect(Reading([ClientFrame(.text, part, isFinal: false), rest].bytes).events == [.text("🙂")])
        }
    }
}
