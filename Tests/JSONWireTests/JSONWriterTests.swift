import JSONWire
import NIOCore
import Testing

/// What a writer makes of a value, which is also what the value writes behind other bytes by itself.
private func written(_ value: some JSONWritable) -> String {
    var writer = JSONWriter(into: ByteBuffer())
    value.write(to: &writer)
    let text = String(buffer: writer.finish())
    var buffer = ByteBuffer(string: "before")
    let copy = buffer
    value.write(behind: &buffer)
    #expect(String(buffer: buffer) == "before" + text)
    #expect(String(buffer: copy) == "before")
    return text
}

@Suite("Writing values")
struct JSONWriterTests {
    @Test("a dictionary literal is an object in the order written")
    func members() throws {
        let old = "Ada\n"
        let none: String? = nil
        let received = try read(#"{"ref" : [1, "\u0041"] }"#)
        let reference = try #require(received.value("ref"))
        var members: JSONMembers = [
            "old_name": old, "id": 5, "none": none, "list": [1, 2], "ratio": 0.5, "yes": true,
            "inner": ["a": 1] as JSONMembers, "ref": JSONRaw(reference, of: received),
        ]
        members.append(["last": JSONRaw(verbatim: ByteBuffer(string: "{ }"))])
        #expect(
            written(members) == #"{"old_name":"Ada\n","id":5,"none":null,"list":[1,2],"ratio":0.5,"yes":true,"#
                + #""inner":{"a":1},"ref":[1, "\u0041"],"last":{ }}"#)
    }

    @Test("every conformer writes one value")
    func conformers() {
        #expect(written("a") == #""a""#)
        #expect(written("xay".dropFirst().dropLast()) == #""a""#)
        #expect(written(-7) == "-7")
        #expect(written(Int64.min) == "-9223372036854775808")
        #expect(written(0.25) == "0.25")
        #expect(written(true) == "true" && written(false) == "false")
        #expect(written(Int?.none) == "null" && written(Int?.some(3)) == "3" && written(Int??.some(nil)) == "null")
        #expect(
            written([Int]()) == "[]" && written(["a", nil]) == #"["a",null]"#
                && written([[1], [], [2, 3]]) == "[[1],[],[2,3]]")
        #expect(written([["a": 1], [:]] as [JSONMembers]) == #"[{"a":1},{}]"#)
    }

    @Test("commas stand between members and elements, and nowhere else")
    func commas() {
        var writer = JSONWriter(into: ByteBuffer(string: "before "))
        writer.beginObject()
        writer.key("a")
        writer.beginArray()
        writer.beginObject()
        writer.endObject()
        writer.beginArray()
        writer.endArray()
        writer.integer(1)
        writer.null()
        writer.string("x" as String)
        writer.endArray()
        writer.key("k\"" as String)
        writer.raw(ByteBuffer(string: "[ 1 ]"))
        writer.key("d")
        writer.double(-1.5)
        writer.key("s")
        writer.string("\n")
        writer.key("o")
        writer.beginObject()
        writer.key("b")
        writer.bool(false)
        writer.endObject()
        writer.endObject()
        let text = String(buffer: writer.finish())
        #expect(
            text
                == #"before {"a":[{},[],1,null,"x"],"k\"":[ 1 ],"d":-1.5,"s":"\n","o":{"b":false}}"#)
    }

    @Test("what is written grows its buffer, and leaves copies of it as they are")
    func growth() throws {
        let before = ByteBuffer(string: "[")
        var writer = JSONWriter(into: before)
        var strings: [String] = []
        writer.beginObject()
        for index in 0..<500 {
            strings.append(String(repeating: "é\n", count: index))
            let soFar = writer.buffer
            let text = String(buffer: soFar)
            writer.key("\(index)")
            writer.string(strings[index])
            #expect(String(buffer: soFar) == text)
        }
        writer.endObject()
        var buffer = writer.finish()
        #expect(String(buffer: before) == "[")
        #expect(buffer.readString(length: 1) == "[")
        var object = JSONObject()
        try object.read(buffer, limits: JSONLimits(maxBytes: .max))
        for (index, string) in strings.enumerated() {
            #expect(object.value(named: "\(index)").flatMap(object.string) == string)
        }
    }

    @Test("two writers that begin with one buffer do not write into each other's")
    func sharedBuffer() {
        var buffer = ByteBuffer(string: "both ")
        buffer.reserveCapacity(4_096)
        var left = JSONWriter(into: buffer)
        var right = JSONWriter(into: buffer)
        left.string("left")
        right.string("right")
        let (leftText, rightText) = (String(buffer: left.finish()), String(buffer: right.finish()))
        #expect(leftText == #"both "left""# && rightText == #"both "right""# && String(buffer: buffer) == "both ")
    }

    @Test("a buffer that is put in goes on where that one ends")
    func exchange() {
        var writer = JSONWriter(into: ByteBuffer())
        writer.beginArray()
        writer.integer(1)
        var other = ByteBuffer(string: "other ")
        swap(&writer.buffer, &other)
        writer.integer(2)
        writer.endArray()
        let text = String(buffer: writer.finish())
        #expect(String(buffer: other) == "[1" && text == "other ,2]")
    }

    #if DEBUG
        @Test("calls that make no JSON trap in debug builds")
        func grammar() async {
            await #expect(processExitsWith: .failure, "a value without a key") {
                var writer = JSONWriter(into: ByteBuffer())
                writer.beginObject()
                writer.integer(1)
            }
            await #expect(processExitsWith: .failure, "a key in an array") {
                var writer = JSONWriter(into: ByteBuffer())
                writer.beginArray()
                writer.key("a")
            }
            await #expect(processExitsWith: .failure, "an end that does not match") {
                var writer = JSONWriter(into: ByteBuffer())
                writer.beginArray()
                writer.endObject()
            }
            await #expect(processExitsWith: .failure, "an end behind a key") {
                var writer = JSONWriter(into: ByteBuffer())
                writer.beginObject()
                writer.key("a")
                writer.endObject()
            }
            await #expect(processExitsWith: .failure, "a second root") {
                var writer = JSONWriter(into: ByteBuffer())
                writer.null()
                writer.null()
            }
            await #expect(processExitsWith: .failure, "a number that JSON does not have") {
                var writer = JSONWriter(into: ByteBuffer())
                writer.double(.nan)
            }
        }
    #endif
}
