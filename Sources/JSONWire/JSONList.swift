import NIOCore

/// An array that grows at its end, and stays encoded: whoever is given ``text`` shares its bytes.
///
/// Elements are appended to the bytes there are. Only when somebody still holds an earlier text are they copied, once.
public struct JSONList: Sendable {
    private var array = ByteBuffer(staticString: "[]")
    public private(set) var count = 0

    public init() {}

    /// The array as it is.
    public var text: JSONRaw { JSONRaw(verbatim: array) }

    /// - Parameter write: writes elements, each a value of its own, and returns how many.
    public mutating func append(_ write: (inout JSONWriter) -> Int) {
        var buffer = ByteBuffer()
        swap(&buffer, &array)  // the writer's buffer is the only one, or its first write would copy it
        var writer = JSONWriter(reopening: consume buffer, isEmpty: count == 0)
        count += write(&writer)
        writer.endArray()
        array = writer.finish()
    }

    /// Takes out all elements; the storage is kept for others, unless somebody still holds what stands in it.
    public mutating func removeAll() {
        array.clear()
        array.writeStaticString("[]")
        count = 0
    }
}
