import HandlerKit
import JSONWire
import NIOCore
import WebSocketWire

/// A text frame to a client, member by member in the order of protocol.md: `type`, `ref`, `from_*` or `to_*`,
/// `content`, `timestamp`, `id`, `room`, and what else a handler added.
///
/// Its length is known before its first byte is written, so header and members go into the log in one pass.
struct OutgoingFrame {
    let type: StaticString
    /// The `ref` of the message that this answers, as JSON.
    var ref = ByteBuffer()
    var party: Party?
    var content: ByteBuffer
    let timestamp: Int64
    /// The number of a post or private message; 0 for other frames.
    var id: Int64 = 0
    /// The room's name as JSON; empty for frames of no room.
    var room: [UInt8] = []
    /// More members as a JSON object.
    var extra = ByteBuffer()

    /// Whose name stands in the frame, as JSON.
    struct Party {
        var isReceiver = false
        let id: Int64
        let name: [UInt8]

        static let system = Party(id: 0, name: Array("\"System\"".utf8))
    }

    /// Writes the frame, header included.
    ///
    /// - Returns: where it stands in the buffer.
    func write(into buffer: inout ByteBuffer) -> Range<Int> {
        let payload = payloadLength
        let length = FrameEncoder.headerLength(payload: payload) + payload
        let start = buffer.writerIndex
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: length) { memory in
            var cursor = ByteCursor(memory)
            cursor.header(.text, payload: payload)
            writeMembers(&cursor)
            assert(cursor.written == length, "the length worked out for \(type) is not what was written")
            return length
        }
        return start..<start + length
    }

    private var payloadLength: Int {
        var length = 10 + type.utf8CodeUnitCount  // {"type":""
        if ref.readableBytes > 0 { length += 7 + ref.readableBytes }
        if let party {
            length += (party.isReceiver ? 9 + 11 : 11 + 13) + JSONDigits.count(party.id) + party.name.count
        }
        length += 11 + content.readableBytes + 13 + JSONDigits.count(timestamp)
        if id != 0 { length += 6 + JSONDigits.count(id) }
        if !room.isEmpty { length += 8 + room.count }
        if extra.readableBytes > 2 { length += extra.readableBytes - 1 }  // {…} becomes ,…
        return length + 1
    }

    private func writeMembers(_ cursor: inout ByteCursor) {
        cursor.put("{\"type\":\"")
        cursor.put(type)
        cursor.put("\"")
        if ref.readableBytes > 0 {
            cursor.put(",\"ref\":")
            cursor.put(ref)
        }
        if let party {
            cursor.put(party.isReceiver ? ",\"to_id\":" : ",\"from_id\":")
            cursor.put(party.id)
            cursor.put(party.isReceiver ? ",\"to_name\":" : ",\"from_name\":")
            cursor.put(party.name)
        }
        cursor.put(",\"content\":")
        cursor.put(content)
        cursor.put(",\"timestamp\":")
        cursor.put(timestamp)
        if id != 0 {
            cursor.put(",\"id\":")
            cursor.put(id)
        }
        if !room.isEmpty {
            cursor.put(",\"room\":")
            cursor.put(room)
        }
        if extra.readableBytes > 2 {
            cursor.put(",")
            cursor.put(extra.getSlice(at: extra.readerIndex + 1, length: extra.readableBytes - 2) ?? ByteBuffer())
        }
        cursor.put("}")
    }
}

/// Writes bytes one run after the other into memory that is long enough; debug builds check that it is.
struct ByteCursor {
    private let memory: UnsafeMutableRawBufferPointer
    private(set) var written = 0

    init(_ memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

    mutating func header(_ opcode: Opcode, payload: Int) {
        let length = FrameEncoder.headerLength(payload: payload)
        withRoom(length) { _ = FrameEncoder.writeHeader(opcode, payload: payload, to: $0) }
    }

    mutating func put(_ text: StaticString) {
        text.withUTF8Buffer { put(UnsafeRawBufferPointer($0)) }
    }

    mutating func put(_ number: Int64) {
        withRoom(JSONDigits.count(number)) { _ = JSONDigits.write(number, to: $0) }
    }

    mutating func put(_ bytes: [UInt8]) { bytes.withUnsafeBytes { put($0) } }

    mutating func put(_ bytes: ByteBuffer) { bytes.withUnsafeReadableBytes { put($0) } }

    private mutating func put(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        withRoom(bytes.count) { $0.copyMemory(from: source, byteCount: bytes.count) }
    }

    /// The one place where memory is written: `length` bytes from `written` on, which the caller of `init` has promised.
    private mutating func withRoom(_ length: Int, _ write: (UnsafeMutableRawPointer) -> Void) {
        precondition(written + length <= memory.count, "a frame is longer than was worked out")
        guard let base = memory.baseAddress else { return }
        write(base + written)
        written += length
    }
}
