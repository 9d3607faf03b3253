import NIOCore

/// Text that is encoded as JSON already, spliced into what is sent as it is.
public struct JSONRaw: JSONWritable {
    private let text: ByteBuffer

    /// A value as it was received, its text shared with the object's.
    public init(_ value: JSONValue, of object: JSONObject) {
        text = object.slice(of: value)
    }

    /// - Parameter verbatim: exactly one valid JSON value; this is not checked.
    public init(verbatim text: ByteBuffer) {
        self.text = text
    }

    public func write(to writer: inout JSONWriter) { writer.raw(text) }
}
