import NIOCore
import Seeds
import Testing

@testable import WebSocketWire

@Suite struct RequestHeadParserTests {
    private typealias Outcome = (head: RequestHead?, fault: HTTPFault?, position: Int)

    private func parse(
        _ bytes: [UInt8], pieces: [Int] = [], limits: RequestHeadParser.Limits = .init()
    ) -> (head: RequestHead?, fault: HTTPFault?, position: Int) {
        var parser = RequestHeadParser(limits: limits)
        var input = ByteBuffer()
        var position = 0
        for size in pieces + [bytes.count] where position < bytes.count {
            input.writeBytes(bytes[position...].prefix(size))
            position = min(position + size, bytes.count)
            do {
                if let head = try parser.next(&input) { return (head, nil, position) }
            } catch {
                return (nil, error, position)
            }
        }
        return (nil, nil, position)
    }

    private func parse(_ text: String) -> Outcome { parse(Array(text.utf8)) }

    @Test("a head is taken apart, and what follows it stays in the input")
    func wholeHead() throws {
        var input = ByteBuffer(
            string: "GET /a/b?c=d&e HTTP/1.1\r\nHost: x\r\nX-Two:  a \t\r\nEmpty:\r\nx-two: b\r\n\r\n\u{1}rest")
        var parser = RequestHeadParser()
        let head = try #require(try parser.next(&input))
        #expect(head.method == "GET")
        #expect(head.path == "/a/b")
        #expect(head.query == "c=d&e")
        #expect(head.version == .init(major: 1, minor: 1))
        #expect(
            head.headers.fields == [.init("Host", "x"), .init("X-Two", "a"), .init("Empty", ""), .init("x-two", "b")])
        #expect(String(buffer: input) == "\u{1}rest")
    }

    @Test("one request after another is read")
    func twoHeads() throws {
        let text = "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n"
        var input = ByteBuffer(string: text + "\r\n" + text)
        var parser = RequestHeadParser()
        #expect(try parser.next(&input)?.path == "/1")
        #expect(try parser.next(&input)?.path == "/1")
        #expect(try parser.next(&input) == nil)
    }

    @Test(
        "what is no HTTP is refused at the first byte that shows it",
        arguments: [
            ([0x16, 0x03, 0x01, 0x02, 0x00], 1), (Array("SSH-2.0-OpenSSH_9.2\r\n".utf8), 20), (Array("\n\n\n".utf8), 1),
            (Array("hello, router".utf8), 6), ([UInt8](repeating: 0x41, count: 40), 33), ([0, 0, 0, 0], 1),
            (Array("{\"type\":\"message\"}".utf8), 1), (Array("\r\n\r\nGET".utf8), 3), (Array("GET \r\n".utf8), 5),
            (Array("GET /\r\n".utf8), 6), (Array("GET / FTP/1.1\r\n".utf8), 7), (Array("PRI * HTTP/2.0\r\n".utf8), 15),
        ] as [([UInt8], Int)])
    func garbage(bytes: [UInt8], place: Int) {
        let start = Array(bytes.prefix(100))
        let slow = parse(start, pieces: start.map { _ in 1 })
        #expect(slow.fault != nil)
        #expect(slow.position == place)
        #expect(parse(bytes).fault == slow.fault)
    }

    @Test("ten megabytes without a line break are refused at once")
    func longGarbage() {
        #expect(parse([UInt8](repeating: 0x41, count: 10_000_000)).fault?.status == .badRequest)
    }

    @Test(
        "a line that two readers could take differently is refused",
        arguments: [
            "Name : a", " Name: a", "\tfolded", ": a", "Name", "Na me: a", "Na\u{0}me: a", "Name: a\u{0}",
            "Name: a\u{7F}",
            "Name: a\u{1B}[0m", "Name: a\rb", "Name: a\nOther: b", "Nämé: a", "Name(x): a", "\"Name\": a", "Name;: a",
        ])
    func fieldLines(line: String) {
        #expect(parse("GET / HTTP/1.1\r\nHost: a\r\n\(line)\r\n\r\n").fault?.status == .badRequest)
        #expect(parse("GET / HTTP/1.1\r\n\(line)\r\nHost: a\r\n\r\n").fault?.status == .badRequest)
    }

    @Test("a line ends with CR LF and nothing else")
    func lineEnds() {
        let good = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        #expect(parse(good).head != nil)
        for place in good.utf8.indices.filter({ good.utf8[$0] == 0x0A || good.utf8[$0] == 0x0D }) {
            let offset = good.utf8.distance(from: good.startIndex, to: place)
            var missing = Array(good.utf8)
            missing.remove(at: offset)
            #expect(
                parse(missing + Array("Name: a\r\n\r\n".utf8)).fault?.status == .badRequest, "without byte \(offset)")
            var doubled = Array(good.utf8)
            doubled.insert(doubled[offset], at: offset)
            // A line feed more behind the head's last byte is no longer part of the head.
            guard offset < good.utf8.count - 1 else { continue }
            #expect(parse(doubled + Array("Name: a\r\n\r\n".utf8)).fault?.status == .badRequest, "twice byte \(offset)")
        }
    }

    @Test("one empty line before the request is passed over, a second is not")
    func leadingEmptyLine() {
        #expect(parse("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n").head?.method == "GET")
        #expect(parse("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n").fault?.status == .badRequest)
    }

    @Test("bytes above ASCII in a value are passed on, and read as UTF-8")
    func valuesAboveASCII() {
        #expect(parse("GET / HTTP/1.1\r\nHost: a\r\nX: é,\u{301}ü\r\n\r\n").head?.headers.first("X") == "é,\u{301}ü")
        let latin1 = Array("GET / HTTP/1.1\r\nHost: a\r\nX: ".utf8) + [0xE9] + Array("\r\n\r\n".utf8)
        #expect(parse(latin1).head?.headers.first("X") == "\u{FFFD}")
    }

    @Test("a head of the limit is read, one byte or one line more is 431")
    func limits() {
        let start = "GET / HTTP/1.1\r\nHost: a\r\nX: "
        let filler = String(repeating: "x", count: 8_192 - start.utf8.count - 4)
        #expect(parse(start + filler + "\r\n\r\n").head != nil)
        #expect(parse(start + filler + "x\r\n\r\n").fault?.status == .headersTooLarge)
        let slow = Array((start + filler + filler).utf8)
        let outcome = parse(slow, pieces: slow.map { _ in 1 })
        #expect(outcome.fault?.status == .headersTooLarge)
        #expect(outcome.position == 8_193)
        #expect(parse("GET /" + filler + filler).fault?.status == .headersTooLarge)

        let lines = String(repeating: "A: b\r\n", count: 63)
        #expect(parse("GET / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n").head?.headers.fields.count == 64)
        #expect(parse("GET / HTTP/1.1\r\nHost: a\r\n\(lines)A: b\r\n\r\n").fault?.status == .headersTooLarge)
    }

    @Test("any split of a head gives the same request or the same fault")
    func anySplit() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("splits of request heads, seed \(seed)")
        var random = Seeded(seed)
        let sound = Array(UpgradeRequest.adding("Origin", "null").adding("Cookie", "ключ=1").description.utf8)
        for round in 0..<300 {
            var bytes = sound
            if round > 0 {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                bytes[place] = UInt8.random(in: 0...255, using: &random)
            }
            let whole = parse(bytes)
            for longest in [1, 5, 60] {
                let pieces = bytes.map { _ in Int.random(in: 1...longest, using: &random) }
                let split = parse(bytes, pieces: pieces)
                #expect(split.head == whole.head, "seed \(seed)")
                #expect(split.fault == whole.fault, "seed \(seed)")
            }
        }
    }

    @Test("a client that sends byte by byte has each byte looked at once")
    func noRescan() throws {
        var parser = RequestHeadParser()
        var input = ByteBuffer(string: "GET / HTTP/1.1\r\nHost: a\r\nX: ")
        #expect(try parser.next(&input) == nil)
        // Whoever looked at these again would refuse them.
        input.setBytes([UInt8](repeating: 0, count: 20), at: input.readerIndex)
        input.writeString("b")
        #expect(try parser.next(&input) == nil)
    }
}
