import NIOCore

/// What can stand as a value in a message that is sent.
public protocol JSONWritable: Sendable {
    /// Writes exactly one value.
    func write(to writer: inout JSONWriter)
    /// Writes the value, and nothing else, behind what a buffer holds. For values that need no writer to do so.
    func write(behind buffer: inout ByteBuffer)
}

extension JSONWritable {
    public func write(behind buffer: inout ByteBuffer) {
        var only = ByteBuffer()
        swap(&only, &buffer)  // the writer's buffer is the only one, or its first write would copy it
        var writer = JSONWriter(into: consume only)
        write(to: &writer)
        buffer = writer.finish()
    }
}

extension String: JSONWritable {
    public func write(to writer: inout JSONWriter) { writer.string(self) }
    public func write(behind buffer: inout ByteBuffer) { buffer.writeJSONString(self) }
}

extension Substring: JSONWritable {
    public func write(to writer: inout JSONWriter) { writer.string(String(self)) }
}

extension Int: JSONWritable {
    public func write(to writer: inout JSONWriter) { writer.integer(Int64(self)) }
}

extension Int64: JSONWritable {
    public func write(to writer: inout JSONWriter) { writer.integer(self) }
}

extension Double: JSONWritable {
    /// The value must be finite, as JSON has no other numbers; anything else traps in debug, and is `null` in release.
    public func write(to writer: inout JSONWriter) { writer.double(self) }
}

extension Bool: JSONWritable {
    public func write(to writer: inout JSONWriter) { writer.bool(self) }
}

extension Optional: JSONWritable where Wrapped: JSONWritable {
    /// `nil` is `null`.
    @inlinable
    public func write(to writer: inout JSONWriter) {
        if let self { self.write(to: &writer) } else { writer.null() }
    }
}

extension Array: JSONWritable where Element: JSONWritable {
    @inlinable
    public func write(to writer: inout JSONWriter) {
        writer.beginArray()
        for element in self { element.write(to: &writer) }
        writer.endArray()
    }
}
