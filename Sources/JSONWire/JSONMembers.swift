/// The members of an object that is sent, in the order they are written: `["old_name": old, "id": 5]`.
///
/// Names are not compared; writing one twice sends it twice.
public struct JSONMembers: JSONWritable, ExpressibleByDictionaryLiteral {
    private var members: [(String, any JSONWritable)]

    public init(dictionaryLiteral members: (String, any JSONWritable)...) {
        self.members = members
    }

    /// Adds members behind those there are.
    public mutating func append(_ others: JSONMembers) { members += others.members }

    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        for (name, value) in members {
            writer.key(name)
            value.write(to: &writer)
        }
        writer.endObject()
    }
}
