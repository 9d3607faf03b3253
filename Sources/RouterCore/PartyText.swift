import HandlerKit
import JSONWire

/// A user as frames name one, written once for all the frames that will: `,"from_id":1,"from_name":"Ada"` before the
/// content, and `,"to_id":1,"to_name":"Ada"` in receipts.
///
/// Whoever writes a frame borrows the memory, so that naming a user counts no references.
///
/// `@unchecked Sendable`: all is written by `init`, and only read after it.
final class PartyText: @unchecked Sendable {  // nothing changes after init, as above
    let id: Int64
    private let memory: UnsafeRawBufferPointer
    /// Where the second form begins.
    private let middle: Int
    private let nameLength: Int

    /// - Parameter name: as JSON.
    init(id: Int64, name: [UInt8]) {
        let from = Array(",\"from_id\":\(id),\"from_name\":".utf8) + name
        let to = Array(",\"to_id\":\(id),\"to_name\":".utf8) + name
        self.id = id
        memory = lasting(from + to)
        middle = from.count
        nameLength = name.count
    }

    deinit { memory.deallocate() }

    var sender: OutgoingFrame.Party { party(0..<middle) }
    var receiver: OutgoingFrame.Party { party(middle..<memory.count) }

    private func party(_ range: Range<Int>) -> OutgoingFrame.Party {
        .init(id: id, text: UnsafeRawBufferPointer(rebasing: memory[range]), nameLength: nameLength)
    }

    /// Who has no session.
    static let system = PartyText(id: User.system.id, name: JSONText.encode(User.system.name))
}

/// A copy of bytes that stays until it is deallocated.
func lasting(_ bytes: [UInt8]) -> UnsafeRawBufferPointer {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    memory.copyBytes(from: bytes)
    return UnsafeRawBufferPointer(memory)
}
