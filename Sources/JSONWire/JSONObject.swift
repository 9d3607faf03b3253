import NIOCore

/// One JSON object (RFC 8259): its text, validated as a whole, and where its top-level members stand.
///
/// Reusable: reading again keeps its storage, and allocates nothing unless a copy of it is still held elsewhere.
///
/// `@unchecked Sendable`: ``bytes`` points into the storage that `kept` holds. NIO lets a pointer outlive its closure while the
/// storage is held, and nobody writes to storage that others hold too: who wants to gets a copy.
public struct JSONObject: @unchecked Sendable {  // the pointer is to shared bytes that nobody writes to, as above
    private(set) var kept: ByteBuffer?
    /// The text; empty when there is none. Looking at it through the buffer would check for exclusive access each time.
    @usableFromInline private(set) var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The first `count` are those of the text; the rest is storage for the next one.
    private var members: [Member] = []
    private var count = 0
    /// A bit for the edges of each member's name: most names that are looked for and missing are told by it.
    private var seen: UInt64 = 0

    /// An object without text and without members.
    public init() {}

    /// What was read; empty before the first reading and after a fault. Its readable bytes are the text.
    public var text: ByteBuffer { kept ?? ByteBuffer() }

    /// Whether nothing has been read, or what was read had a fault: no object is without a text.
    public var isEmpty: Bool { bytes.isEmpty }

    /// Validates the whole document strictly before anything of it can be seen; after a fault the object is empty.
    ///
    /// Neither time nor stack depends on how deeply the text is nested.
    /// - Parameters:
    ///   - text: its readable bytes; they are shared, not copied.
    ///   - utf8Checked: true when the caller knows the text to be UTF-8 (a WebSocket text message), otherwise it is checked here.
    public mutating func read(
        _ text: consuming ByteBuffer, limits: JSONLimits = JSONLimits(), utf8Checked: Bool = false
    ) throws(JSONFault) {
        removeAll()
        guard text.readableBytes <= limits.maxBytes else {
            throw JSONFault(kind: .tooLarge, offset: limits.maxBytes)
        }
        if !utf8Checked { try Self.checkUTF8(text) }
        let bytes = text.withVeryUnsafeBytesWithStorageManagement { storage, _ in
            UnsafeRawBufferPointer(rebasing: storage[text.readerIndex..<text.writerIndex])
        }
        try scan(bytes, limits)
        kept = text
        self.bytes = bytes
    }

    /// Forgets the text, so that its buffer can be used again, but keeps the storage for the next one.
    public mutating func removeAll() {
        kept = nil
        bytes = UnsafeRawBufferPointer(start: nil, count: 0)
        count = 0
        seen = 0
    }

    private mutating func scan(_ text: UnsafeRawBufferPointer, _ limits: JSONLimits) throws(JSONFault) {
        guard var scanner = Scanner(text, limits: limits) else {
            throw JSONFault(kind: .unexpectedEnd, offset: 0)
        }
        count = try scanner.root(into: &members)
        for index in 0..<count {
            let name = members[index]
            seen |= name.name.hasEscapes ? .max : name.edges.bit
        }
    }

    private static func checkUTF8(_ text: ByteBuffer) throws(JSONFault) {
        do {
            _ = try UTF8Span(validating: text.readableBytesUInt8Span)
        } catch {
            throw JSONFault(kind: .invalidUTF8, offset: error.byteOffsets.lowerBound)
        }
    }

    /// The last member of that name, nil when there is none.
    ///
    /// Of several members with one name the last counts. Names are compared by what they say: `"\u0074ype"` is `type`.
    public func value(_ name: StaticString) -> JSONValue? {
        name.withUTF8Buffer { last(named: UnsafeRawBufferPointer($0)) }
    }

    /// The last member of that name, nil when there is none; names are compared by code points, not by canonical equivalence.
    public func value(named name: String) -> JSONValue? {
        var name = name
        return name.withUTF8 { last(named: UnsafeRawBufferPointer($0)) }
    }

    private func last(named name: UnsafeRawBufferPointer) -> JSONValue? {
        let edges = ByteScan.Edges(name)
        guard seen & edges.bit != 0 else { return nil }
        var index = count
        while index > 0 {
            index -= 1
            if isMember(members[index], named: name, edges) { return members[index].value }
        }
        return nil
    }

    @inline(__always)
    private func isMember(_ member: Member, named name: UnsafeRawBufferPointer, _ edges: ByteScan.Edges) -> Bool {
        if member.edges != edges && !member.name.hasEscapes { return false }
        if member.name.hasEscapes { return says(member.name, name) }
        guard member.name.range.count - 2 == name.count else { return false }
        return name.count <= ByteScan.Edges.complete || says(member.name, name)
    }

    /// For how many members it has storage.
    public var storedMembers: Int { members.count }

    /// The names of all top-level members in the order of the text, duplicates included; for diagnostics only.
    public var memberNames: [String] {
        members.prefix(count).compactMap { string($0.name) }
    }
}
