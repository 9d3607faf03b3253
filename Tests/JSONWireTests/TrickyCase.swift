import JSONWire
import NIOCore
import Testing

/// One row of the tables of tricky texts: what is read, and what must come of it.
struct TrickyCase: CustomTestStringConvertible, Sendable {
    enum Verdict: Sendable {
        case members([String])
        case value(String, Extract)
        case fault(JSONFault.Kind, at: Int?)
    }

    /// What a handler would get of a value.
    enum Extract: Sendable {
        case string(String)
        case integer(Int64)
        /// A number, but no integer within ±2^53; nil: beyond the doubles as well.
        case double(Double?)
        case bool(Bool)
        case null
        case elements([JSONKind])
        case object([String])
        /// The text as it stands.
        case raw(String)
    }

    let text: [UInt8]
    let verdict: Verdict

    var testDescription: String { String(decoding: text.prefix(60), as: UTF8.self).debugDescription }

    /// Accepted, with these members.
    static func yes(_ text: String, _ members: [String]) -> TrickyCase {
        TrickyCase(text: Array(text.utf8), verdict: .members(members))
    }

    /// Accepted, and its member `name` gives this.
    static func yes(_ text: String, _ name: String, _ extract: Extract) -> TrickyCase {
        TrickyCase(text: Array(text.utf8), verdict: .value(name, extract))
    }

    /// Accepted, and its member `a` gives this.
    static func yes(_ text: String, _ extract: Extract) -> TrickyCase { yes(text, "a", extract) }

    static func yes(_ bytes: [UInt8], _ extract: Extract) -> TrickyCase {
        TrickyCase(text: bytes, verdict: .value("a", extract))
    }

    /// Refused, with a fault at that byte.
    static func no(_ text: String, _ kind: JSONFault.Kind, at offset: Int? = nil) -> TrickyCase {
        TrickyCase(text: Array(text.utf8), verdict: .fault(kind, at: offset))
    }

    static func no(_ bytes: [UInt8], _ kind: JSONFault.Kind, at offset: Int? = nil) -> TrickyCase {
        TrickyCase(text: bytes, verdict: .fault(kind, at: offset))
    }

    func check() throws {
        var object = JSONObject()
        let fault: JSONFault?
        do {
            try object.read(ByteBuffer(bytes: text))
            fault = nil
        } catch { fault = error }

        if case .fault(let kind, let offset) = verdict {
            #expect(fault?.kind == kind)
            if let offset { #expect(fault?.offset == offset) }
            #expect(
                object.memberNames.isEmpty && object.text.readableBytes == 0, "a refused text leaves nothing behind")
            return
        }
        #expect(fault == nil)
        switch verdict {
        case .members(let names): #expect(object.memberNames == names)
        case .value(let name, let extract): check(try #require(object.value(named: name)), of: object, extract)
        case .fault: break
        }
    }

    private func check(_ value: JSONValue, of object: JSONObject, _ extract: Extract) {
        switch extract {
        case .string(let expected):
            #expect(object.string(value) == expected)
            #expect(object.string(value).map { Array($0.utf8) } == Array(expected.utf8))
            #expect(object.utf8Length(value) == expected.utf8.count)
            #expect(value.isEmptyString == expected.isEmpty)
        case .integer(let expected): #expect(object.integer(value) == expected)
        case .double(let expected):
            #expect(value.kind == .number)
            #expect(object.double(value)?.bitPattern == expected?.bitPattern)
            #expect(object.integer(value) == nil)
        case .bool(let expected): #expect(object.bool(value) == expected)
        case .null: #expect(value.kind == .null)
        case .elements(let kinds): #expect(object.elements(value)?.map(\.kind) == kinds)
        case .object(let names): #expect(object.object(value)?.memberNames == names)
        case .raw(let expected):
            #expect(object.withBytes(value) { String(decoding: $0, as: UTF8.self) } == expected)
        }
    }
}

@Suite("Tricky texts")
struct TrickyTexts {
    @Test("structure: objects, arrays, white space, what stands around", arguments: structureCases)
    func structure(_ row: TrickyCase) throws { try row.check() }

    @Test("strings: escapes, surrogates, control characters, UTF-8", arguments: stringCases)
    func strings(_ row: TrickyCase) throws { try row.check() }

    @Test("numbers: grammar, integers up to 2^53, the range of doubles", arguments: numberCases)
    func numbers(_ row: TrickyCase) throws { try row.check() }

    @Test("names: escapes, duplicates, likeness", arguments: nameCases)
    func names(_ row: TrickyCase) throws { try row.check() }

    @Test("there are at least 250 of them")
    func count() {
        #expect(structureCases.count + stringCases.count + numberCases.count + nameCases.count >= 250)
    }
}
