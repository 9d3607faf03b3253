import NIOCore

/// Text that is encoded as JSON already, spliced into what is sent as it is.
///
/// `@unchecked Sendable`: ``bytes`` points into the storage that `kept` holds. NIO lets a pointer outlive its closure while the
/// storage is held, and nobody writes to storage that others hold too: who wants to gets a copy.
public struct JSONRaw: JSONWritable, @unchecked Sendable {  // nobody writes to the bytes, as above
    private let kept: ByteBuffer
    /// The text. Looking at it through the buffer would check for exclusive access each time, and a slice costs more.
    @usableFromInline let bytes: UnsafeRawBufferPointer

    /// A value as it was received, its text shared with the object's.
    public init(_ value: JSONValue, of object: borrowing JSONObject) {
        guard let kept = object.kept, value.range.upperBound <= object.bytes.count else {
            assertionFailure("a value belongs to the object it came from, until that reads again")
            self.init(verbatim: ByteBuffer(staticString: "null"))
            return
        }
        self.init(kept, UnsafeRawBufferPointer(rebasing: object.bytes[value.range]))
    }

    private init(_ kept: ByteBuffer, _ bytes: UnsafeRawBufferPointer) { (self.kept, self.bytes) = (kept, bytes) }

    /// - Parameter verbatim: exactly one valid JSON value; this is not checked.
    public init(verbatim text: ByteBuffer) { self.init(verbatim: text, at: text.readerIndex..<text.writerIndex) }

    /// - Parameters:
    ///   - buffer: its storage is shared.
    ///   - place: where in the buffer exactly one valid JSON value stands; this is not checked.
    public init(verbatim buffer: ByteBuffer, at place: Range<Int>) {
        let bytes = buffer.withVeryUnsafeBytesWithStorageManagement { storage, _ in
            UnsafeRawBufferPointer(rebasing: storage[place])
        }
        self.init(buffer, bytes)
    }

    /// - Parameter verbatim: exactly one valid JSON value in UTF-8; this is not checked.
    public init(verbatim bytes: [UInt8]) { self.init(verbatim: ByteBuffer(bytes: bytes)) }

    /// A value as it is to be sent, encoded once for all who get it.
    public init(encoding value: some JSONWritable) {
        var writer = JSONWriter(into: ByteBuffer())
        value.write(to: &writer)
        self.init(verbatim: writer.finish())
    }

    /// Its bytes, shared.
    public var text: ByteBuffer {
        kept.withVeryUnsafeBytes { storage in
            guard let start = storage.baseAddress, let first = bytes.baseAddress, !bytes.isEmpty else { return nil }
            return kept.getSlice(at: first - start, length: bytes.count)
        } ?? ByteBuffer()
    }

    /// What a string says; nil when it is no string.
    public var string: String? {
        var wrapper = ByteBuffer(staticString: "{\"s\":")
        withBytes { _ = wrapper.writeBytes($0) }
        wrapper.writeStaticString("}")
        var object = JSONObject()
        do { try object.read(wrapper, limits: .none) } catch { return nil }
        return object.value("s").flatMap(object.string)
    }

    /// The JSON text as it is, quotes and escapes included; only valid during the call.
    @inlinable
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withExtendedLifetime(self) { body(bytes) }  // it holds the storage that the bytes point into
    }

    public func write(to writer: inout JSONWriter) { writer.raw(text) }

    public func write(behind buffer: inout ByteBuffer) {
        withBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: bytes.count) { space in
                space.baseAddress?.copyMemory(from: start, byteCount: bytes.count)
                return bytes.count
            }
        }
    }
}
