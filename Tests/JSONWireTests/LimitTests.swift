import JSONWire
import NIOCore
import Testing

@Suite("Limits")
struct LimitTests {
    private func fault(
        _ text: String, _ limits: JSONLimits = JSONLimits(), utf8Checked: Bool = false
    ) -> JSONFault? {
        var object = JSONObject()
        do { try object.read(ByteBuffer(string: text), limits: limits, utf8Checked: utf8Checked) } catch {
            return error
        }
        return nil
    }

    /// An object that makes up depth 1 and holds arrays for the rest.
    private func nested(_ depth: Int) -> String {
        #"{"a":"# + String(repeating: "[", count: depth - 1) + String(repeating: "]", count: depth - 1) + "}"
    }

    @Test("the defaults are 10,240 bytes, depth 64, 1,024 members")
    func defaults() {
        #expect(JSONLimits() == JSONLimits(maxBytes: 10_240, maxDepth: 64, maxMembers: 1_024))
    }

    @Test("values outside of their ranges are brought into them")
    func ranges() {
        let wide = JSONLimits(maxBytes: .max, maxDepth: .max, maxMembers: .max)
        #expect(wide.maxBytes == 4_294_967_295 && wide.maxDepth == 64 && wide.maxMembers == .max)
        let narrow = JSONLimits(maxBytes: -1, maxDepth: 0, maxMembers: -1)
        #expect(narrow.maxBytes == 0 && narrow.maxDepth == 1 && narrow.maxMembers == 0)
    }

    @Test("a text may be as long as the limit, and not one byte longer")
    func bytes() {
        let text = #"{"a":"\#(String(repeating: "x", count: 10_232))"}"#
        #expect(text.utf8.count == 10_240)
        #expect(fault(text) == nil)
        #expect(fault(text + " ") == JSONFault(kind: .tooLarge, offset: 10_240))
        #expect(fault("{}", JSONLimits(maxBytes: 2)) == nil)
        #expect(fault("{}", JSONLimits(maxBytes: 1)) == JSONFault(kind: .tooLarge, offset: 1))
    }

    @Test("64 objects and arrays may be open, 65 may not")
    func depth() {
        #expect(fault(nested(64)) == nil)
        #expect(fault(nested(65)) == JSONFault(kind: .tooDeep, offset: 5 + 63))
        let objects = String(repeating: #"{"a":"#, count: 64) + "1" + String(repeating: "}", count: 64)
        #expect(fault(objects) == nil)
        #expect(fault(#"{"a":"# + objects + "}") == JSONFault(kind: .tooDeep, offset: 64 * 5))
    }

    @Test("every kind of nesting counts, siblings do not")
    func depthOfMixtures() {
        let two = JSONLimits(maxDepth: 2)
        #expect(fault(#"{"a":[],"b":{},"c":[1,2],"d":{"e":1}}"#, two) == nil)
        #expect(fault(#"{"a":[[]]}"#, two)?.kind == .tooDeep)
        #expect(fault(#"{"a":[{}]}"#, two)?.kind == .tooDeep)
        #expect(fault(#"{"a":{"b":[]}}"#, two)?.kind == .tooDeep)
        #expect(fault(#"{"a":1,"b":{"c":1,"d":{}}}"#, two)?.kind == .tooDeep)
        let one = JSONLimits(maxDepth: 1)
        #expect(fault(#"{"a":1}"#, one) == nil)
        #expect(fault(#"{"a":[]}"#, one) == JSONFault(kind: .tooDeep, offset: 5))
        #expect(fault("[[]]", one)?.kind == .tooDeep)
    }

    @Test("brackets inside strings are not nesting")
    func bracketsInStrings() {
        #expect(fault(#"{"a":"\#(String(repeating: "[", count: 5_000))"}"#) == nil)
    }

    @Test(
        "100,000 opening brackets are refused by depth, without using up the stack", arguments: ["[", #"{"a":"#, "[["])
    func manyBrackets(bracket: String) {
        let text = String(repeating: bracket, count: 100_000)
        #expect(fault(text)?.kind == .tooLarge)
        #expect(fault(text, JSONLimits(maxBytes: .max, maxDepth: .max, maxMembers: .max))?.kind == .tooDeep)
    }

    @Test("a content nested 4,900 deep is refused")
    func deepContent() {
        let arrays = String(repeating: "[", count: 4_900) + String(repeating: "]", count: 4_900)
        let text = #"{"type":"message","content":\#(arrays)}"#
        #expect(fault(text) == JSONFault(kind: .tooDeep, offset: 28 + 63))
    }

    @Test("1,024 members may stand in the root, 1,025 may not")
    func members() {
        func object(_ count: Int) -> String {
            "{" + (0..<count).map { #""\#($0)":1"# }.joined(separator: ",") + "}"
        }
        #expect(fault(object(1_024)) == nil)
        #expect(fault(object(1_025))?.kind == .tooManyMembers)
    }

    @Test("elements and members count together, wherever they stand")
    func membersAndElements() {
        func array(_ count: Int) -> String {
            #"{"a":["# + Array(repeating: "1", count: count).joined(separator: ",") + "]}"
        }
        #expect(fault(array(1_023)) == nil)
        #expect(fault(array(1_024)) == JSONFault(kind: .tooManyMembers, offset: 6 + 2 * 1_023))
        let five = JSONLimits(maxMembers: 5)
        #expect(fault(#"{"a":{"b":1,"c":[1,2]}}"#, five) == nil)
        #expect(fault(#"{"a":{"b":1,"c":[1,2]},"d":1}"#, five)?.kind == .tooManyMembers)
        #expect(fault(#"{"a":[[[[1]]]]}"#, five) == nil)
        #expect(fault(#"{"a":[[[[1,1]]]]}"#, five)?.kind == .tooManyMembers)
        #expect(fault("{}", JSONLimits(maxMembers: 0)) == nil)
        #expect(fault(#"{"a":[]}"#, JSONLimits(maxMembers: 0)) == JSONFault(kind: .tooManyMembers, offset: 1))
    }

    @Test("UTF-8 that the caller has checked is not checked again")
    func checkedUTF8() throws {
        var object = JSONObject()
        let text = ByteBuffer(string: #"{"a":"日本"}"#)
        try object.read(text, utf8Checked: true)
        #expect(object.value("a").flatMap(object.string) == "日本")
        // What a caller who is wrong gets is a string with U+FFFD in it, never an invalid one.
        try object.read(ByteBuffer(bytes: Array(#"{"a":""#.utf8) + [0xFF] + Array(#""}"#.utf8)), utf8Checked: true)
        #expect(object.value("a").flatMap(object.string) == "\u{FFFD}")
    }

    @Test("a fault says what and where in words")
    func description() {
        #expect(fault(#"{"a":1,}"#).map { "\($0)" } == "unexpected byte at byte 7")
        #expect(Set(JSONFault.Kind.allCases.map(\.rawValue)).count == JSONFault.Kind.allCases.count)
    }
}
