import NIOCore

extension JSONObject {
    /// The raw text of a value, for a string with its quotes and escapes; only valid during the call.
    @inlinable
    public func withBytes<Result>(_ value: JSONValue, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withExtendedLifetime(self) {  // it holds the storage that the bytes point into
            let range = value.range
            // A value of another object could lie outside of this text. A slice is only checked in debug builds.
            guard range.upperBound <= bytes.count else {
                assertionFailure("a value belongs to the object it came from, until that reads again")
                return body(UnsafeRawBufferPointer(start: nil, count: 0))
            }
            return body(UnsafeRawBufferPointer(rebasing: bytes[range]))
        }
    }

    /// A string without its quotes, its escapes as they are.
    @inline(__always)
    private func withContent<Result>(_ string: JSONValue, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withBytes(string) { bytes in
            // Without quotes only when the value belongs to another text.
            guard bytes.count >= 2 else { return body(bytes) }
            return body(UnsafeRawBufferPointer(rebasing: bytes[1..<bytes.count - 1]))
        }
    }

    /// What a string says, its escapes decoded; nil when the value is no string.
    public func string(_ value: JSONValue) -> String? {
        guard value.kind == .string else { return nil }
        return withContent(value) { raw in
            guard value.hasEscapes else { return String(decoding: raw, as: UTF8.self) }
            // No escape is shorter than what it stands for, so the raw length is room enough.
            return String(unsafeUninitializedCapacity: raw.count) { target in
                var (rest, count) = target.initialize(from: Unescaped(raw))
                assert(rest.next() == nil)
                return count
            }
        }
    }

    /// A number that is an integer within ±2^53, however it is written (`2.0` and `1e3` are); nil for anything else.
    public func integer(_ value: JSONValue) -> Int64? {
        guard value.kind == .number else { return nil }
        return withBytes(value) { NumberToken.integer($0) }
    }

    /// The double nearest to a number; nil when the value is no number, or one beyond the range of doubles.
    public func double(_ value: JSONValue) -> Double? {
        guard value.kind == .number else { return nil }
        let number = withBytes(value) { Double(String(decoding: $0, as: UTF8.self)) }
        return number.flatMap { $0.isFinite ? $0 : nil }
    }

    /// `true` or `false`; nil for anything else.
    public func bool(_ value: JSONValue) -> Bool? {
        switch value.kind {
        case .true: true
        case .false: false
        default: nil
        }
    }

    /// Whether a string says exactly this, code point by code point; false when the value is no string.
    public func equals(_ value: JSONValue, _ text: StaticString) -> Bool {
        value.kind == .string && text.withUTF8Buffer { says(value, UnsafeRawBufferPointer($0)) }
    }

    /// - Parameter string: of kind `string`.
    @inline(__always)
    func says(_ string: JSONValue, _ text: UnsafeRawBufferPointer) -> Bool {
        withContent(string) { raw in
            string.hasEscapes ? Unescaped(raw).elementsEqual(text) : ByteScan.equal(raw, text)
        }
    }

    /// How many bytes ``string(_:)`` has in UTF-8, without building it; 0 when the value is no string.
    public func utf8Length(_ value: JSONValue) -> Int {
        guard value.kind == .string else { return 0 }
        guard value.hasEscapes else { return value.range.count - 2 }
        return withContent(value) { Unescaped($0).reduce(0) { count, _ in count + 1 } }
    }

    /// The object that a value is, sharing this one's text; nil when it is none. Allocates.
    public func object(_ value: JSONValue) -> JSONObject? {
        guard value.kind == .object else { return nil }
        var object = JSONObject()
        do { try object.read(slice(of: value), limits: .none, utf8Checked: true) } catch { return nil }
        return object
    }

    /// The elements of an array, as values of this object; nil when the value is no array. Allocates.
    public func elements(_ value: JSONValue) -> [JSONValue]? {
        guard value.kind == .array else { return nil }
        return withExtendedLifetime(self) {
            guard var scanner = Scanner(bytes, limits: .none) else { return nil }
            scanner.position = value.range.lowerBound
            do { return try scanner.elements() } catch { return nil }
        }
    }

    /// The raw text of a value, its bytes shared with this object's; `null` for a value that lies outside of this object's text.
    public func slice(of value: JSONValue) -> ByteBuffer {
        let slice = kept.flatMap { $0.getSlice(at: $0.readerIndex + value.range.lowerBound, length: value.range.count) }
        assert(slice != nil, "a value belongs to the object it came from, until that reads again")
        return slice ?? ByteBuffer(staticString: "null")
    }
}
