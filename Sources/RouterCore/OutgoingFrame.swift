import HandlerKit
import JSONWire
import NIOCore
import WebSocketWire

/// A text frame to a client, member by member in the order of protocol.md: `type`, `ref`, `from_*` or `to_*`,
/// `content`, `timestamp`, `id`, `room`, and what else a handler added.
///
/// Its length is known before its first byte is written, so header and members go into the log in one pass. It is made,
/// written and forgotten in one breath, and none of its bytes are its own: they stay where they are until then.
struct OutgoingFrame {
    /// UTF-8 that needs no escapes.
    let type: UnsafeRawBufferPointer
    /// The `ref` of the message that this answers, as JSON; empty without one.
    var ref = nothing
    var party: Party?
    /// As JSON.
    let content: UnsafeRawBufferPointer
    let timestamp: Int64
    /// Its digits, where somebody has them already; else empty.
    var timestampDigits = nothing
    /// The number of a post or private message; 0 for other frames.
    var id: Int64 = 0
    /// The room's name as JSON; empty for frames of no room.
    var room = nothing
    /// More members as a JSON object; empty without any.
    var extra = nothing

    static var nothing: UnsafeRawBufferPointer { .init(start: nil, count: 0) }

    init(
        type: UnsafeRawBufferPointer, ref: UnsafeRawBufferPointer = nothing, party: Party? = nil,
        content: UnsafeRawBufferPointer, timestamp: Int64, timestampDigits: UnsafeRawBufferPointer = nothing,
        id: Int64 = 0, room: UnsafeRawBufferPointer = nothing, extra: UnsafeRawBufferPointer = nothing
    ) {
        (self.type, self.ref, self.party, self.content) = (type, ref, party, content)
        (self.timestamp, self.timestampDigits) = (timestamp, timestampDigits)
        (self.id, self.room, self.extra) = (id, room, extra)
    }

    @inline(__always)
    init(
        type: StaticString, ref: UnsafeRawBufferPointer = nothing, party: Party? = nil,
        content: UnsafeRawBufferPointer, timestamp: Int64, timestampDigits: UnsafeRawBufferPointer = nothing,
        id: Int64 = 0, room: UnsafeRawBufferPointer = nothing, extra: UnsafeRawBufferPointer = nothing
    ) {
        self.init(
            type: .init(start: type.utf8Start, count: type.utf8CodeUnitCount), ref: ref, party: party,
            content: content, timestamp: timestamp, timestampDigits: timestampDigits, id: id, room: room,
            extra: extra)
    }

    /// Whose name stands in the frame.
    struct Party {
        let id: Int64
        /// The members that name the user, a comma before each.
        let text: UnsafeRawBufferPointer
        fileprivate let nameLength: Int

        /// - Parameter nameLength: how much of the end of the text is the name.
        init(id: Int64, text: UnsafeRawBufferPointer, nameLength: Int) {
            (self.id, self.text, self.nameLength) = (id, text, nameLength)
        }

        /// As JSON.
        var name: UnsafeRawBufferPointer { .init(rebasing: text[(text.count - nameLength)...]) }
    }

    /// Writes the frame, header included.
    ///
    /// - Returns: where it stands in the buffer.
    func write(into buffer: inout ByteBuffer) -> Range<Int> {
        let payload = payloadLength
        let length = FrameEncoder.headerLength(payload: payload) + payload
        let start = buffer.writerIndex
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: length) { memory in
            precondition(memory.count >= length, "there is no room for a frame")
            var cursor = ByteCursor(memory)
            cursor.header(.text, payload: payload)
            writeHead(&cursor)
            cursor.put(content)
            writeTail(&cursor)
            precondition(cursor.written == length, "the length worked out for a frame is not what was written")
            return length
        }
        return start..<start + length
    }

    /// Writes what stands around the content, header included: the content itself is sent from where it is kept.
    ///
    /// - Returns: where the bytes before the content stand in the buffer, and behind them those after it.
    func writeAroundContent(into buffer: inout ByteBuffer) -> (head: Range<Int>, tail: Range<Int>) {
        let payload = payloadLength
        let length = FrameEncoder.headerLength(payload: payload) + payload - content.count
        let start = buffer.writerIndex
        var middle = start
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: length) { memory in
            precondition(memory.count >= length, "there is no room for a frame")
            var cursor = ByteCursor(memory)
            cursor.header(.text, payload: payload)
            writeHead(&cursor)
            middle += cursor.written
            writeTail(&cursor)
            precondition(cursor.written == length, "the length worked out for a frame is not what was written")
            return length
        }
        return (start..<middle, middle..<start + length)
    }

    private var payloadLength: Int {
        var length = 10 + type.count  // {"type":""
        if ref.count > 0 { length += 7 + ref.count }
        if let party { length += party.text.count }
        length += 11 + content.count + 13
        length += timestampDigits.isEmpty ? JSONDigits.count(timestamp) : timestampDigits.count
        if id != 0 { length += 6 + JSONDigits.count(id) }
        if room.count > 0 { length += 8 + room.count }
        if extra.count > 2 { length += extra.count - 1 }  // {…} becomes ,…
        return length + 1
    }

    @inline(__always)
    private func writeHead(_ cursor: inout ByteCursor) {
        cursor.put("{\"type\":\"")
        cursor.put(type)
        cursor.put("\"")
        if ref.count > 0 {
            cursor.put(",\"ref\":")
            cursor.put(ref)
        }
        if let party { cursor.put(party.text) }
        cursor.put(",\"content\":")
    }

    @inline(__always)
    private func writeTail(_ cursor: inout ByteCursor) {
        cursor.put(",\"timestamp\":")
        if timestampDigits.isEmpty { cursor.put(timestamp) } else { cursor.put(timestampDigits) }
        if id != 0 {
            cursor.put(",\"id\":")
            cursor.put(id)
        }
        if room.count > 0 {
            cursor.put(",\"room\":")
            cursor.put(room)
        }
        if extra.count > 2 {
            cursor.put(",")
            cursor.put(UnsafeRawBufferPointer(rebasing: extra[1..<extra.count - 1]))
        }
        cursor.put("}")
    }
}

/// Writes bytes one run after the other into memory that is long enough.
struct ByteCursor {
    private let memory: UnsafeMutableRawBufferPointer
    private(set) var written = 0

    init(_ memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

    /// What has been written.
    var bytes: UnsafeRawBufferPointer { .init(rebasing: memory[..<written]) }

    mutating func header(_ opcode: Opcode, payload: Int) {
        FrameEncoder.writeHeader(opcode, payload: payload, to: claim(FrameEncoder.headerLength(payload: payload)))
    }

    @inline(__always)
    mutating func put(_ text: StaticString) {
        claim(text.utf8CodeUnitCount).copyMemory(from: text.utf8Start, byteCount: text.utf8CodeUnitCount)
    }

    mutating func put(_ number: Int64) {
        let count = JSONDigits.count(number)
        JSONDigits.write(number, count: count, to: claim(count))
    }

    @inline(__always)
    mutating func put(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        claim(bytes.count).copyMemory(from: source, byteCount: bytes.count)
    }

    /// The one place where memory is given out: `length` bytes from `written` on.
    @inline(__always)
    private mutating func claim(_ length: Int) -> UnsafeMutableRawPointer {
        precondition(written &+ length <= memory.count, "a frame is longer than was worked out")
        defer { written &+= length }
        return memory.baseAddress.unsafelyUnwrapped + written
    }
}
