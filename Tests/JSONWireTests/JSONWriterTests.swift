import JSONWire
import NIOCore
import Testing

@Suite("Writing")
struct JSONWriterTests {
    private func written(_ value: some JSONWritable) -> String {
        var writer = JSONWriter(into: ByteBuffer())
        value.write(to: &writer)
        return String(buffer: writer.buffer)
    }

    @Test("a dictionary literal is an object in the order written")
    func members() throws {
        let old = "Ada\n"
        let none: String? = nil
        let received = try read(#"{"ref" : [1, "\u0041"] }"#)
        let reference = try #require(received.value("ref"))
        let members: JSONMembers = [
            "old_name": old, "id": 5, "none": none, "list": [1, 2], "ratio": 0.5, "yes": true,
            "inner": ["a": 1] as JSONMembers, "ref": JSONRaw(reference, of: received),
        ]
        #expect(
            written(members) == #"{"old_name":"Ada\n","id":5,"none":null,"list":[1,2],"ratio":0.5,"yes":true,"#
                + #""inner":{"a":1},"ref":[1, "\u0041"]}"#)
    }
}
