import HandlerKit
import NIOCore

// What only the router does with the state of a context and a message.

extension Context {
    /// The text of an effect's content.
    func content(_ range: Range<Int>) -> ByteBuffer {
        contents.getSlice(at: range.lowerBound, length: range.count) ?? ByteBuffer()
    }

    mutating func discardEffects() {
        effects.removeAll(keepingCapacity: true)
        contents.clear()
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
