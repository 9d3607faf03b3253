import JSONWire
import NIOCore
import Testing

func read(_ text: String) throws(JSONFault) -> JSONObject {
    var object = JSONObject()
    try object.read(ByteBuffer(string: text))
    return object
}

@Suite("Reading one object")
struct JSONObjectTests {
    @Test("members are found by name and decoded by kind")
    func members() throws {
        let object = try read(
            #"{"type":"message","n":-12,"d":1.5,"t":true,"f":false,"z":null,"a":[1,"x"],"o":{"k":"v"}}"#)
        let type = try #require(object.value("type"))
        #expect(object.equals(type, "message"))
        #expect(!object.equals(type, "messages"))
        #expect(object.string(type) == "message")
        #expect(object.value("n").flatMap(object.integer) == -12)
        #expect(object.value("d").flatMap(object.double) == 1.5)
        #expect(object.value("d").flatMap(object.integer) == nil)
        #expect(object.value("t").flatMap(object.bool) == true)
        #expect(object.value("f").flatMap(object.bool) == false)
        #expect(object.value("z")?.kind == .null)
        #expect(object.value("missing") == nil)
        let array = try #require(object.value(named: "a").flatMap(object.elements))
        #expect(array.map(\.kind) == [.number, .string])
        #expect(object.string(array[1]) == "x")
        let inner = try #require(object.value("o").flatMap(object.object))
        #expect(inner.value("k").flatMap(inner.string) == "v")
        #expect(object.memberNames == ["type", "n", "d", "t", "f", "z", "a", "o"])
    }
}
