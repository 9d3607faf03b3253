import NIOCore

/// Text that is encoded as JSON already, spliced into what is sent as it is.
public struct JSONRaw: JSONWritable {
    public let text: ByteBuffer

    /// A value as it was received, its text shared with the object's.
    public init(_ value: JSONValue, of object: borrowing JSONObject) {
        text = object.slice(of: value)
    }

    /// - Parameter verbatim: exactly one valid JSON value; this is not checked.
    public init(verbatim text: ByteBuffer) {
        self.text = text
    }

    /// - Parameter verbatim: exactly one valid JSON value in UTF-8; this is not checked.
    public init(verbatim bytes: [UInt8]) {
        text = ByteBuffer(bytes: bytes)
    }

    /// A value as it is to be sent, encoded once for all who get it.
    public init(encoding value: some JSONWritable) {
        var writer = JSONWriter(into: ByteBuffer())
        value.write(to: &writer)
        text = writer.finish()
    }

    /// What a string says; nil when it is no string.
    public var string: String? {
        var wrapper = ByteBuffer(staticString: "{\"s\":")
        wrapper.writeImmutableBuffer(text)
        wrapper.writeStaticString("}")
        var object = JSONObject()
        do { try object.read(wrapper, limits: .none) } catch { return nil }
        return object.value("s").flatMap(object.string)
    }

    /// The JSON text as it is, quotes and escapes included; only valid during the call.
    @inlinable
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        text.withUnsafeReadableBytes(body)
    }

    public func write(to writer: inout JSONWriter) { writer.raw(text) }

    public func write(behind buffer: inout ByteBuffer) {
        text.withUnsafeReadableBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: bytes.count) { space in
                space.baseAddress?.copyMemory(from: start, byteCount: bytes.count)
                return bytes.count
            }
        }
    }
}
