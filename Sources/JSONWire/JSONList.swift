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

    public mutating func append(contentsOf elements: some Sequence<some JSONWritable>) {
        var buffer = ByteBuffer()
        swap(&buffer, &array)  // the writer's buffer is the only one, or its first write would copy it
        var writer = JSONWriter(reopening: consume buffer, isEmpty: count == 0)
        for element in elements {
            element.write(to: &writer)
            count += 1
        }
        writer.endArray()
        array = writer.finish()
    }
}
