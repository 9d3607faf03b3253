import JSONWire
import NIOCore
import Testing

func read(_ text: String) throws(JSONFault) -> JSONObject {
    var object = JSONObject()
    try object.read(ByteBuffer(string: text))
    return object
}

@Suite("One object")
struct JSONObjectTests {
    @Test("members are found by name and decoded by kind")
    func members() throws {
        let object = try read(
            #"{"type":"message","n":-12,"d":1.5,"t":true,"f":false,"z":null,"a":[1,"x"],"o":{"k":"v"}}"#)
        #expect(object.value("type").flatMap(object.string) == "message")
        #expect(object.value("n").flatMap(object.integer) == -12)
        #expect(object.value("d").flatMap(object.double) == 1.5)
        #expect(object.value("t").flatMap(object.bool) == true)
        #expect(object.value("f").flatMap(object.bool) == false)
        #expect(object.value("z")?.kind == .null)
        #expect(object.value("missing") == nil)
        #expect(object.memberNames == ["type", "n", "d", "t", "f", "z", "a", "o"])
        let array = try #require(object.value(named: "a").flatMap(object.elements))
        #expect(array.map(\.kind) == [.number, .string] && object.string(array[1]) == "x")
        let inner = try #require(object.value("o").flatMap(object.object))
        #expect(inner.value("k").flatMap(inner.string) == "v")
    }

    @Test("a value of one kind is nothing to the accessors of the others")
    func kinds() throws {
        let object = try read(#"{"s":"5","n":5,"t":true,"z":null,"a":[5],"o":{"s":"5"}}"#)
        for name in object.memberNames {
            let value = try #require(object.value(named: name))
            #expect((object.string(value) != nil) == (name == "s"))
            #expect((object.integer(value) != nil) == (name == "n"))
            #expect((object.double(value) != nil) == (name == "n"))
            #expect((object.bool(value) != nil) == (name == "t"))
            #expect((object.elements(value) != nil) == (name == "a"))
            #expect((object.object(value) != nil) == (name == "o"))
            #expect(object.equals(value, "5") == (name == "s"))
            #expect(object.utf8Length(value) == (name == "s" ? 1 : 0))
            #expect(!value.isEmptyString && !value.hasEscapes)
        }
    }

    @Test("literals are the same when they say the same, letter by letter")
    func literals() {
        let texts: [StaticString] = [
            "", "a", "b", "ab", "content", "contend", "a name of sixteen", "a name of sixteeN",
        ]
        for (index, text) in texts.enumerated() {
            for (other, otherText) in texts.enumerated() { #expect(text.equals(otherText) == (index == other)) }
        }
    }

    @Test("strings are compared by what they say")
    func equality() throws {
        let object = try read(#"{"a":"message","b":"mess\u0061ge","c":"","d":"é","e":"0123456789abcdefghi"}"#)
        let (a, b) = try (#require(object.value("a")), #require(object.value("b")))
        #expect(object.equals(a, "message") && object.equals(b, "message"))
        #expect(!a.hasEscapes && b.hasEscapes)
        for other: StaticString in ["", "m", "messag", "messages", "Message", "messbge", "mess\\u0061ge"] {
            #expect(!object.equals(a, other) && !object.equals(b, other))
        }
        let (c, d, e) = try (#require(object.value("c")), #require(object.value("d")), #require(object.value("e")))
        #expect(object.equals(c, "") && !object.equals(c, " ") && c.isEmptyString)
        #expect(object.equals(d, "\u{E9}") && !object.equals(d, "e\u{301}"))
        #expect(object.equals(e, "0123456789abcdefghi") && !object.equals(e, "01234567_9abcdefghi"))
    }

    @Test("a text that starts in the middle of a buffer is read from there")
    func middleOfBuffer() throws {
        var buffer = ByteBuffer(string: #"garbage{"a":"b","l":[1,2],"o":{"x":"y"}}more"#)
        buffer.moveReaderIndex(forwardBy: 7)
        buffer.moveWriterIndex(to: buffer.writerIndex - 4)
        var object = JSONObject()
        try object.read(buffer)
        let (a, l, o) = try (#require(object.value("a")), #require(object.value("l")), #require(object.value("o")))
        #expect(object.string(a) == "b" && a.range == 5..<8)
        #expect(object.elements(l)?.map(object.integer) == [1, 2])
        #expect(object.object(o)?.memberNames == ["x"])
        #expect(String(buffer: object.slice(of: l)) == "[1,2]")
        #expect(object.withBytes(o) { String(decoding: $0, as: UTF8.self) } == #"{"x":"y"}"#)
    }

    @Test("a copy keeps what it holds while the original reads on")
    func copies() throws {
        var object = try read(#"{"a":1,"b":2}"#)
        let copy = object
        try object.read(ByteBuffer(string: #"{"c":"x"}"#))
        #expect(copy.memberNames == ["a", "b"] && object.memberNames == ["c"])
        #expect(copy.value("b").flatMap(copy.integer) == 2)
        object.removeAll()
        #expect(object.memberNames.isEmpty && object.text.readableBytes == 0 && object.isEmpty && !copy.isEmpty)
    }

    @Test("what was read stays as it was while whoever gave it writes over it")
    func sharedText() throws {
        var buffer = ByteBuffer(string: #"{"a":"first"}"#)
        var object = JSONObject()
        try object.read(buffer)
        buffer.clear()
        buffer.writeString(#"{"a":"other"}"#)
        #expect(object.value("a").flatMap(object.string) == "first")
        #expect(String(buffer: object.text) == #"{"a":"first"}"#)
    }

    @Test("of many names each is found, and none of many others", arguments: [1, 3, 4, 8, 15, 16, 17, 30])
    func manyNames(length: Int) throws {
        let names = (0..<200).map { String("\($0)abcdefghijklmnopqrstuvwxyzabcdef".prefix(length)) }
        let (there, missing) = (Set(names[..<100]), Set(names[100...]).subtracting(names[..<100]))
        let object = try read("{" + there.map { "\"\($0)\":\"\($0)\"" }.joined(separator: ",") + "}")
        for name in there { #expect(object.value(named: name).flatMap(object.string) == name) }
        for name in missing { #expect(object.value(named: name) == nil) }
    }

    @Test("a refused text leaves nothing of itself, nor of the one before")
    func faultsLeaveNothing() throws {
        for bad in [#"{"x":1,"y":}"#, "[]", #"{"x":1} 2"#, "", "{\"\u{1}\":1}"] {
            var object = try read(#"{"a":1}"#)
            #expect(throws: JSONFault.self) { try object.read(ByteBuffer(string: bad)) }
            #expect(object.value("a") == nil && object.value("x") == nil && object.text.readableBytes == 0)
        }
    }

    @Test("a value fits in 16 bytes and needs no reference count")
    func size() {
        #expect(MemoryLayout<JSONValue>.size <= 16 && _isPOD(JSONValue.self))
    }

    #if DEBUG
        @Test("a value of another object traps in debug builds")
        func foreignValue() async {
            await #expect(processExitsWith: .failure) {
                let long = try read(#"{"a":"0123456789"}"#)
                let value = try #require(long.value("a"))
                _ = try read("{}").string(value)
            }
        }
    #endif
}
