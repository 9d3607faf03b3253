import NIOCore

/// Writes one JSON value (RFC 8259) into a buffer, from front to back. Commas are its own business.
///
/// Debug builds trap when the calls make no JSON: a value in an object without a key, a key in an array, an end that does not match, a second root.
public struct JSONWriter: ~Copyable {
    private var cursor: BufferCursor
    /// Whether a comma has to stand before the next key or value.
    private var needsComma = false
    private var state = State()

    /// - Parameter buffer: written to at its writer index. While a copy of it is held elsewhere, the first write copies its bytes.
    public init(into buffer: consuming ByteBuffer) {
        cursor = BufferCursor(buffer)
    }

    /// Goes on in an array that was written to its end, behind its last element.
    ///
    /// - Parameter array: ends with the array's bracket, which is taken away.
    init(reopening array: consuming ByteBuffer, isEmpty: Bool) {
        array.moveWriterIndex(to: array.writerIndex - 1)
        cursor = BufferCursor(array)
        needsComma = !isEmpty
        assert(state.begin(object: false))
    }

    /// What has been written so far, behind what the buffer held before. Setting it goes on behind what that buffer holds.
    public var buffer: ByteBuffer {
        get { cursor.buffer }
        set { cursor.buffer = newValue }
    }

    /// Ends writing, and gives the buffer back with no other copy of it left.
    public consuming func finish() -> ByteBuffer { cursor.finish() }

    public mutating func beginObject() { begin(object: true) }

    public mutating func endObject() { end(object: true) }

    public mutating func beginArray() { begin(object: false) }

    public mutating func endArray() { end(object: false) }

    /// The name of an object's next member.
    public mutating func key(_ name: StaticString) {
        name.withUTF8Buffer { key(utf8: UnsafeRawBufferPointer($0)) }
    }

    /// The name of an object's next member.
    public mutating func key(_ name: String) {
        var name = name
        name.withUTF8 { key(utf8: UnsafeRawBufferPointer($0)) }
    }

    public mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { string(utf8: UnsafeRawBufferPointer($0)) }
    }

    public mutating func string(_ text: StaticString) {
        text.withUTF8Buffer { string(utf8: UnsafeRawBufferPointer($0)) }
    }

    public mutating func integer(_ value: Int64) {
        beforeValue()
        let target = cursor.claim(JSONDigits.longest)
        guard let start = target.baseAddress else { return }
        cursor.giveBack(JSONDigits.longest - JSONDigits.write(value, to: start))
    }

    /// - Parameter value: finite, as JSON has no other numbers; anything else traps in debug, and is `null` in release.
    public mutating func double(_ value: Double) {
        var text = JSONDigits.text(value)
        text.withUTF8 { raw(UnsafeRawBufferPointer($0)) }
    }

    public mutating func bool(_ value: Bool) { verbatim(value ? "true" : "false") }

    public mutating func null() { verbatim("null") }

    /// Text that is one JSON value already, taken as it is.
    public mutating func raw(_ json: UnsafeRawBufferPointer) {
        beforeValue()
        cursor.claim(json.count).copyMemory(from: json)
    }

    /// Text that is one JSON value already: the readable bytes, taken as they are.
    public mutating func raw(_ json: ByteBuffer) {
        json.withUnsafeReadableBytes { raw($0) }
    }

    private mutating func verbatim(_ text: StaticString) {
        text.withUTF8Buffer { raw(UnsafeRawBufferPointer($0)) }
    }

    private mutating func string(utf8: UnsafeRawBufferPointer) {
        beforeValue()
        quote(utf8)
    }

    private mutating func key(utf8: UnsafeRawBufferPointer) {
        assert(state.key(), "a key stands in an object, and behind a whole member")
        if needsComma { cursor.put(UInt8(ascii: ",")) }
        quote(utf8)
        cursor.put(UInt8(ascii: ":"))
        needsComma = false
    }

    private mutating func quote(_ utf8: UnsafeRawBufferPointer) {
        let length = JSONText.encodedLength(utf8)
        JSONText.encode(utf8, length: length, to: cursor.claim(length))
    }

    private mutating func begin(object: Bool) {
        beforeValue()
        assert(state.begin(object: object), "at most \(OpenContainers.capacity) objects and arrays are open at once")
        cursor.put(UInt8(ascii: object ? "{" : "["))
        needsComma = false
    }

    private mutating func end(object: Bool) {
        assert(state.end(object: object), "what ends is what began last, and ends behind a whole member")
        cursor.put(UInt8(ascii: object ? "}" : "]"))
        needsComma = true
    }

    /// Writes the comma that has to stand in front, if one has.
    private mutating func beforeValue() {
        assert(state.value(), "a value stands behind a key, in an array, or alone")
        if needsComma { cursor.put(UInt8(ascii: ",")) }
        needsComma = true
    }
}

extension JSONWriter {
    /// Where the grammar stands. Only kept up in debug builds: each call says whether it may be made here.
    private struct State {
        private var containers = OpenContainers()
        private var hasKey = false
        private var hasRoot = false

        mutating func key() -> Bool {
            guard !containers.isEmpty, containers.innermostIsObject, !hasKey else { return false }
            hasKey = true
            return true
        }

        mutating func value() -> Bool {
            defer { (hasKey, hasRoot) = (false, true) }
            if containers.isEmpty { return !hasRoot }
            return containers.innermostIsObject == hasKey
        }

        mutating func begin(object: Bool) -> Bool {
            guard containers.depth < OpenContainers.capacity else { return false }
            containers.open(object: object)
            return true
        }

        mutating func end(object: Bool) -> Bool {
            guard !containers.isEmpty, containers.innermostIsObject == object, !hasKey else { return false }
            containers.close()
            return true
        }
    }
}
