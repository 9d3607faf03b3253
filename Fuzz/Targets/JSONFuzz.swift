import JSONWire
import NIOCore

/// A text of a client: taken or refused as Foundation does, and what was taken is written and read again as the same.
enum JSONFuzz {
    static func run(_ text: [UInt8]) throws {
        try require(FoundationComparison.agrees(on: text), "Foundation sees another text")
        guard case .success(let object) = FoundationComparison.ours(text) else { return }
        try require(FrameFuzz.isUTF8(object.text), "a text that is not UTF-8 was taken")
        try checkWrittenAgain(object)
        try checkLimits(text)
    }

    private static func checkWrittenAgain(_ object: JSONObject) throws {
        let written = write(object)
        let again = FoundationComparison.ours(Array(written.readableBytesView))
        guard case .success(let again) = again else { throw BrokenRule("\(String(buffer: written)): \(again)") }
        try require(write(again) == written, "\(String(buffer: written)) becomes \(String(buffer: write(again)))")
        try require(again.memberNames.elementsEqual(object.memberNames, by: same), "the names change")
    }

    private static func same(_ one: String, _ other: String) -> Bool { one.utf8.elementsEqual(other.utf8) }

    private static func write(_ object: JSONObject) -> ByteBuffer {
        var writer = JSONWriter(into: ByteBuffer())
        write(object, to: &writer)
        return writer.finish()
    }

    private static func write(_ object: JSONObject, to writer: inout JSONWriter) {
        writer.beginObject()
        for name in object.memberNames {
            guard let value = object.value(named: name) else { continue }
            writer.key(name)
            write(value, of: object, to: &writer)
        }
        writer.endObject()
    }

    private static func write(_ value: JSONValue, of object: JSONObject, to writer: inout JSONWriter) {
        switch value.kind {
        case .object: if let inner = object.object(value) { write(inner, to: &writer) }
        case .array:
            writer.beginArray()
            for element in object.elements(value) ?? [] { write(element, of: object, to: &writer) }
            writer.endArray()
        case .string: writer.string(object.string(value) ?? "")
        case .number: writeNumber(value, of: object, to: &writer)
        case .true, .false: writer.bool(object.bool(value) == true)
        case .null: writer.null()
        }
    }

    private static func writeNumber(_ value: JSONValue, of object: JSONObject, to writer: inout JSONWriter) {
        if let integer = object.integer(value) {
            writer.integer(integer)
        } else if object.double(value) == 0 {
            writer.integer(0)  // what is too small for a double is read as no integer, and -0 written for it as one
        } else if let double = object.double(value) {
            writer.double(double)
        } else {
            writer.raw(object.slice(of: value))
        }
    }

    /// With low limits it is either refused for them, or taken.
    private static func checkLimits(_ text: [UInt8]) throws {
        var object = JSONObject()
        var fault: JSONFault?
        do throws(JSONFault) {
            try object.read(ByteBuffer(bytes: text), limits: JSONLimits(maxBytes: 64, maxDepth: 3, maxMembers: 5))
        } catch {
            fault = error
        }
        let kinds: [JSONFault.Kind?] = [nil, .tooLarge, .tooDeep, .tooManyMembers]
        try require(kinds.contains(fault?.kind), "with limits, \(fault as Any)")
        try require(text.count <= 64 || fault?.kind == .tooLarge, "a text of \(text.count) bytes passed a limit of 64")
        try require(object.isEmpty == (fault != nil), "after \(fault as Any) something is left")
    }
}
