/// The grammar of RFC 8259 over a text that stays in place; iterative, so depth costs no stack.
///
/// Reading memory is left to ``byte`` and ``word(at:)``, which check their bounds.
struct Scanner {
    private let start: UnsafeRawPointer
    let count: Int
    private let maxDepth: Int
    private var membersLeft: Int
    /// The next byte to read, 0 to ``count``.
    var position = 0

    /// - Parameter text: must stay valid as long as the scanner is in use, and be shorter than 2^32 bytes.
    init?(_ text: UnsafeRawBufferPointer, limits: JSONLimits) {
        guard let start = text.baseAddress else { return nil }
        self.start = start
        self.count = text.count
        self.maxDepth = limits.maxDepth
        self.membersLeft = limits.maxMembers
    }

    /// The next byte; 0 at the end, which no rule of the grammar accepts, so one comparison serves for both.
    var byte: UInt8 {
        @inline(__always) get {
            // position is never negative: it starts at 0 and only grows.
            position < count ? start.load(fromByteOffset: position, as: UInt8.self) : 0
        }
    }

    /// The next eight bytes, the first of them lowest; nil when fewer are left.
    var word: UInt64? {
        @inline(__always) get {
            guard count &- position >= 8 else { return nil }
            return UInt64(littleEndian: start.loadUnaligned(fromByteOffset: position, as: UInt64.self))
        }
    }

    /// The bytes between the quotes of a string that has been read, which therefore lie within the text.
    @inline(__always)
    private func content(of string: JSONValue) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: start + string.range.lowerBound + 1, count: string.range.count - 2)
    }

    @inline(__always)
    mutating func skipWhitespace() {
        while true {
            let byte = self.byte
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            position &+= 1
        }
    }

    /// The fault of a byte that the grammar has no place for, or of the text's end.
    func unexpected(_ kind: JSONFault.Kind = .unexpectedByte) -> JSONFault {
        JSONFault(kind: position < count ? kind : .unexpectedEnd, offset: position)
    }

    @inline(__always)
    mutating func countMember() throws(JSONFault) {
        membersLeft &-= 1
        if membersLeft < 0 { throw JSONFault(kind: .tooManyMembers, offset: position) }
    }

    /// The whole text: one object with nothing but white space around it.
    ///
    /// - Parameter members: written over from the front, and added to where they are too few.
    /// - Returns: how many of them are the object's.
    mutating func root(into members: inout [Member]) throws(JSONFault) -> Int {
        var read = 0
        skipWhitespace()
        let first = position
        let isObject = byte == UInt8(ascii: "{")
        if isObject { read = try rootObject(into: &members) } else { _ = try value(depth: 0) }
        skipWhitespace()
        if position < count { throw JSONFault(kind: .trailingBytes, offset: position) }
        if !isObject { throw JSONFault(kind: .notAnObject, offset: first) }
        return read
    }

    private mutating func rootObject(into members: inout [Member]) throws(JSONFault) -> Int {
        var read = 0
        position &+= 1
        skipWhitespace()
        while byte != UInt8(ascii: "}") {
            if read > 0 {
                guard byte == UInt8(ascii: ",") else { throw unexpected() }
                position &+= 1
                skipWhitespace()
            }
            let name = try memberName()
            let edges = ByteScan.Edges(content(of: name))
            let member = Member(name: name, edges: edges, value: try value(depth: 1))
            if read < members.count { members[read] = member } else { members.append(member) }
            read &+= 1
            skipWhitespace()
        }
        position &+= 1
        return read
    }

    /// A name, its colon, and the white space up to the value.
    @inline(__always)
    private mutating func memberName() throws(JSONFault) -> JSONValue {
        guard byte == UInt8(ascii: "\"") else { throw unexpected() }
        try countMember()
        let name = try string()
        skipWhitespace()
        guard byte == UInt8(ascii: ":") else { throw unexpected() }
        position &+= 1
        skipWhitespace()
        return name
    }

    /// One value, whatever is inside of it.
    /// - Parameter depth: objects and arrays open around it.
    @inline(__always)
    mutating func value(depth: Int) throws(JSONFault) -> JSONValue {
        switch byte {
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "{"), UInt8(ascii: "["): try container(depth: depth)
        default: try scalar()
        }
    }

    /// An object or array with all that it holds.
    private mutating func container(depth: Int) throws(JSONFault) -> JSONValue {
        let first = position
        let kind: JSONKind = byte == UInt8(ascii: "{") ? .object : .array
        var containers = OpenContainers()
        repeat {
            // Here a value begins.
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard depth + containers.depth < maxDepth else { throw JSONFault(kind: .tooDeep, offset: position) }
                if try open(&containers) { continue }
            case UInt8(ascii: "\""): _ = try string()
            default: _ = try scalar()
            }
            // Here a value has ended.
            try close(&containers)
        } while !containers.isEmpty
        return JSONValue(kind, first..<position)
    }

    /// Enters an object or array and goes to its first value.
    /// - Returns: false when it has none and is behind us already.
    private mutating func open(_ containers: inout OpenContainers) throws(JSONFault) -> Bool {
        let object = byte == UInt8(ascii: "{")
        position &+= 1
        skipWhitespace()
        if byte == UInt8(ascii: object ? "}" : "]") {
            position &+= 1
            return false
        }
        containers.open(object: object)
        try beginItem(object: object)
        return true
    }

    /// Goes on behind a value: to the next value, or out of as many containers as end here.
    private mutating func close(_ containers: inout OpenContainers) throws(JSONFault) {
        while !containers.isEmpty {
            let object = containers.innermostIsObject
            skipWhitespace()
            if byte == UInt8(ascii: ",") {
                position &+= 1
                skipWhitespace()
                return try beginItem(object: object)
            }
            guard byte == UInt8(ascii: object ? "}" : "]") else { throw unexpected() }
            position &+= 1
            containers.close()
        }
    }

    @inline(__always)
    private mutating func beginItem(object: Bool) throws(JSONFault) {
        if object { _ = try memberName() } else { try countMember() }
    }

    /// The elements of an array at which the scanner stands.
    mutating func elements() throws(JSONFault) -> [JSONValue] {
        var elements: [JSONValue] = []
        position &+= 1
        skipWhitespace()
        if byte == UInt8(ascii: "]") { return elements }
        while true {
            elements.append(try value(depth: 0))
            skipWhitespace()
            guard byte == UInt8(ascii: ",") else { return elements }
            position &+= 1
            skipWhitespace()
        }
    }
}
