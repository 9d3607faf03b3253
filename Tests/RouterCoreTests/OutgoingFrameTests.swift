import Foundation
import NIOCore
@testable import RouterCore
import TestSupport
import Testing

@Suite("Frames to clients")
struct OutgoingFrameTests {
    /// A frame and the text that it must be, put together the plain way.
    private struct Case {
        var frame: OutgoingFrame
        var text: String
    }

    private static let refs = ["", "\"r\"", "-12"]
    private static let ids: [Int64] = [0, 1, 9, 10, 9_007_199_254_740_991]
    private static let rooms = ["", "\"general\""]
    private static let extras = ["", "{}", #"{"total":5}"#, #"{"a":[1],"b":{}}"#]

    private static let ada = PartyText(id: 12345, name: Array("\"A\"".utf8))
    private static let other = PartyText(id: 7, name: Array("\"é\"".utf8))

    private static func parties() -> [(OutgoingFrame.Party?, String)] {
        [
            (nil, ""),
            (PartyText.system.sender, #","from_id":0,"from_name":"System""#),
            (ada.sender, #","from_id":12345,"from_name":"A""#),
            (other.receiver, #","to_id":7,"to_name":"é""#),
        ]
    }

    @Test("whoever a frame names as sender or receiver is known by id and name")
    func parties() {
        for party in [Self.ada.sender, Self.ada.receiver] {
            #expect(party.id == 12345)
            #expect(String(decoding: party.name, as: UTF8.self) == "\"A\"")
        }
    }

    private static func cases(content: String, timestamp: Int64) -> [Case] {
        var cases: [Case] = []
        for ref in refs {
            for (party, partyText) in parties() {
                for (id, room, extra) in ids.flatMap({ id in rooms.flatMap { room in extras.map { (id, room, $0) } } })
                {
                    let frame = OutgoingFrame(
                        type: "message", ref: lasting(ref), party: party, content: lasting(content),
                        timestamp: timestamp, id: id, room: lasting(room), extra: lasting(extra))
                    var text = #"{"type":"message""# + (ref.isEmpty ? "" : ",\"ref\":\(ref)") + partyText
                    text += ",\"content\":\(content),\"timestamp\":\(timestamp)"
                    text += (id == 0 ? "" : ",\"id\":\(id)") + (room.isEmpty ? "" : ",\"room\":\(room)")
                    text += (extra.count > 2 ? "," + extra.dropFirst().dropLast() : "") + "}"
                    cases.append(Case(frame: frame, text: text))
                }
            }
        }
        return cases
    }

    @Test(
        "every combination of members is valid JSON, in the order of protocol.md, and as long as was worked out",
        arguments: [#""hi""#, "{}", "[]", #"{"a":"\u0000"}"#])
    func combinations(content: String) throws {
        for one in Self.cases(content: content, timestamp: 1_767_323_045) {
            var buffer = ByteBuffer(string: "before")
            let range = one.frame.write(into: &buffer)
            #expect(range == 6..<buffer.writerIndex)
            var bytes = try #require(buffer.getSlice(at: 6, length: range.count))
            let frames = ServerFrame.take(from: &bytes)
            #expect(frames.map(\.text) == [one.text])
            #expect(frames.map(\.opcode) == [1])
            #expect(bytes.readableBytes == 0)
            #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(one.text.utf8)) }
        }
    }

    @Test(
        "written around its content, it is the same frame once the content stands between its two parts",
        arguments: [#""hi""#, "[]", "[\(String(repeating: "1,", count: 40_000))1]"])
    func aroundContent(content: String) throws {
        for one in Self.cases(content: content, timestamp: 1_767_323_045) {
            var (whole, parts) = (ByteBuffer(), ByteBuffer(string: "before"))
            _ = one.frame.write(into: &whole)
            let (head, tail) = one.frame.writeAroundContent(into: &parts)
            #expect(head.lowerBound == 6 && head.upperBound == tail.lowerBound && tail.upperBound == parts.writerIndex)
            #expect(parts.bytes(head) + Array(content.utf8) + parts.bytes(tail) == whole.allBytes)
        }
    }

    @Test(
        "the header is the shortest one, on both sides of each of its lengths", arguments: [120...130, 65_530...65_540])
    func headers(lengths: ClosedRange<Int>) {
        let bare = OutgoingFrame(type: "m", content: lasting("\"\""), timestamp: 0)
        var empty = ByteBuffer()
        let smallest = bare.write(into: &empty).count - 2
        for length in lengths {
            let text = "\"" + String(repeating: "x", count: length - smallest) + "\""
            var buffer = ByteBuffer()
            let range = OutgoingFrame(type: "m", content: lasting(text), timestamp: 0).write(into: &buffer)
            let header = length <= 125 ? 2 : length <= 65_535 ? 4 : 10
            #expect(range.count == header + length)
            #expect(ServerFrame.take(from: &buffer).map(\.payload.count) == [length])
        }
    }

    @Test(
        "numbers of every length are written as they are",
        arguments: [0, 9, 10, 99, 4_102_444_800, Int64.max, -1, Int64.min])
    func numbers(number: Int64) throws {
        let party = PartyText(id: number, name: Array("\"\"".utf8))
        var buffer = ByteBuffer()
        _ = OutgoingFrame(type: "m", party: party.sender, content: lasting("1"), timestamp: number).write(into: &buffer)
        withExtendedLifetime(party) {}
        let said = try Said(try #require(ServerFrame.take(from: &buffer).first).text)
        #expect(said["timestamp"] as? Int == Int(number))
        #expect(said["from_id"] as? Int == Int(number))
    }

    @Test(
        "a timestamp whose digits are known is the same timestamp", arguments: [0, 4_102_444_800, Int64.max, Int64.min])
    func digits(number: Int64) {
        let digits = TimestampDigits()
        _ = digits.write(-1)  // of another second
        var frame = OutgoingFrame(type: "m", content: lasting("1"), timestamp: number)
        var (worked, known) = (ByteBuffer(), ByteBuffer())
        _ = frame.write(into: &worked)
        frame.timestampDigits = digits.write(number)
        _ = frame.write(into: &known)
        withExtendedLifetime(digits) {}
        #expect(known == worked)
    }
}

/// Bytes that stay to the end of the tests, as frames need them.
func lasting(_ text: String) -> UnsafeRawBufferPointer { lasting(Array(text.utf8)) }
