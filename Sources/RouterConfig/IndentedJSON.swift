public import HandlerKit
import NIOCore

extension JSONWritable {
    /// The value as JSON text for people: a line for each member and element, and a line break at the end.
    public var indentedJSON: String {
        var writer = JSONWriter(into: ByteBuffer())
        write(to: &writer)
        var layout = Layout()
        for byte in writer.finish().readableBytesView { layout.add(byte) }
        return String(decoding: layout.text, as: UTF8.self) + "\n"
    }
}

/// Puts line breaks and indentation into JSON that has none.
private struct Layout {
    private(set) var text: [UInt8] = []
    private var depth = 0
    private var isInString = false
    private var isEscaped = false

    mutating func add(_ byte: UInt8) {
        guard !isInString else { return addInString(byte) }
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["): open(byte)
        case UInt8(ascii: "}"), UInt8(ascii: "]"): close(byte)
        case UInt8(ascii: ","):
            text.append(byte)
            startLine()
        case UInt8(ascii: ":"): text += [byte, UInt8(ascii: " ")]
        default:
            isInString = byte == UInt8(ascii: "\"")
            text.append(byte)
        }
    }

    private mutating func addInString(_ byte: UInt8) {
        text.append(byte)
        isInString = isEscaped || byte != UInt8(ascii: "\"")
        isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
    }

    private mutating func open(_ byte: UInt8) {
        text.append(byte)
        depth += 1
        startLine()
    }

    /// What is empty stays on one line.
    private mutating func close(_ byte: UInt8) {
        depth -= 1
        while text.last == UInt8(ascii: " ") || text.last == UInt8(ascii: "\n") { text.removeLast() }
        if text.last != UInt8(ascii: "{"), text.last != UInt8(ascii: "[") { startLine() }
        text.append(byte)
    }

    private mutating func startLine() {
        text.append(UInt8(ascii: "\n"))
        text += Array(repeating: UInt8(ascii: " "), count: 2 * depth)
    }
}
