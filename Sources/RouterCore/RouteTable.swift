import NIOCore

/// From the bytes of a message's `type` to its route, without building a string.
///
/// Open addressing over a power of two at least twice the number of types, so that a probe always ends.
struct RouteTable {
    private var slots: [Int?]
    private var names: [[UInt8]] = []
    private var routes: [[Int]] = []

    /// - Parameter routes: for each message type the handlers it passes through, by their place in the pipeline.
    init(_ routes: [String: [Int]]) {
        var size = 4
        while size < routes.count * 2 { size *= 2 }
        slots = Array(repeating: nil, count: size)
        for (name, route) in routes {
            let name = Array(name.utf8)
            var place = name.withUnsafeBytes(Self.hash) & (size - 1)
            while slots[place] != nil { place = (place + 1) & (size - 1) }
            slots[place] = names.count
            names.append(name)
            self.routes.append(route)
        }
    }

    /// - Returns: the number of the type's route; nil when no handler takes it.
    func find(_ name: UnsafeRawBufferPointer) -> Int? {
        var place = Self.hash(name) & (slots.count - 1)
        while let found = slots[place] {
            if isName(found, name) { return found }
            place = (place + 1) & (slots.count - 1)
        }
        return nil
    }

    private func isName(_ number: Int, _ bytes: UnsafeRawBufferPointer) -> Bool {
        let name = names[number]
        guard name.count == bytes.count else { return false }
        for index in name.indices where name[index] != bytes[index] { return false }
        return true
    }

    subscript(route: Int) -> [Int] { routes[route] }

    /// Of the length and three bytes: types are few and short, and only those of the pipeline are ever in the table.
    private static func hash(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard bytes.count > 0 else { return 0 }
        let (first, middle, last) = (bytes[0], bytes[bytes.count / 2], bytes[bytes.count - 1])
        let sum = UInt32(first) | UInt32(middle) << 8 | UInt32(last) << 16 | UInt32(bytes.count & 0xFF) << 24
        return Int((sum &* 0x9E37_79B1) >> 16)
    }
}
