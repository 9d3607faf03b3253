import HandlerKit
import NIOCore

// What only the router does with the state of a context and a message.

extension Context {
    /// The text of an effect's content.
    func content(_ range: Range<Int>) -> ByteBuffer {
        contents.getSlice(at: range.lowerBound, length: range.count) ?? ByteBuffer()
    }

    /// The same, kept by the context: only until another content is written, or all are discarded.
    func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        contents.withVeryUnsafeBytesWithStorageManagement { storage, _ in
            UnsafeRawBufferPointer(rebasing: storage[range])
        }
    }

    mutating func discardEffects() {
        // One by one: mostly there is one, and to remove them all at once costs more than that.
        while effects.popLast() != nil {}
        // Whoever shares the storage keeps what stands there: the next content is then written into a copy.
        contents.moveWriterIndex(to: 0)
    }
}

extension Message {
    /// What was put in place of the sender's words, as JSON.
    var replacedTexts: [(field: String, text: String)] {
        replaced.map { ($0.name.description, String(buffer: $0.text.text)) }
    }

    /// Ready for the next message, with the storage of this one.
    mutating func clear() {
        object.removeAll()
        if !replaced.isEmpty { replaced.removeAll(keepingCapacity: true) }
    }
}
